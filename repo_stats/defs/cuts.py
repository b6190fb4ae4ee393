"""Cutting a run over many repositories into several.

Each piece is a run of the same job over a range of the watchlist. Its configuration names its
repositories, so that it works on no other ones if the watchlist changes before it begins. How many
run at once, and what each may send, is the same for pieces and all other runs: see `turns`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

PIECE_TAG = "repo_stats/piece"
"""Which piece a run is, as `2 of 5`."""

CUT_TAG = "repo_stats/cut"
"""What all pieces that were requested at once have in common."""


@dataclass(frozen=True)
class Cut:
    """How large runs may be.

    Attributes:
        size: the most repositories of a run.
    """

    size: int

    def make_pieces(self, repos: Collection[str], watchlist: Sequence[str]) -> list[list[str]]:
        """The repositories of each run, in the order of the watchlist; one piece if they are few.

        The watchlist is cut, not what is wanted of it: so the pieces begin at the same places if
        some repositories are left out, and a piece that was requested before has the same key.
        Small pieces of it are put together.

        Args:
            repos: what to refresh.
            watchlist: all repositories, in their order.
        """
        repos = frozenset(repos)
        count = max(1, ceil(len(watchlist) / self.size))
        ends = [len(watchlist) * place // count for place in range(count + 1)]
        pieces: list[list[str]] = []
        for start, end in pairwise(ends):
            part = [repo for repo in watchlist[start:end] if repo in repos]
            if pieces and len(pieces[-1]) + len(part) <= self.size:
                pieces[-1] += part
            elif part:
                pieces.append(part)
        return pieces


def tags_of_piece(key: str, place: int, pieces: int) -> dict[str, str]:
    """The tags of a piece; none if there is only one.

    Args:
        key: of the request for all pieces.
        place: which piece it is, from 1.
        pieces: how many there are.
    """
    return {CUT_TAG: key, PIECE_TAG: f"{place} of {pieces}"} if pieces > 1 else {}
