"""Tells a rate limit that a server names for one repository only from one that concerns everyone.

A limit of GitHub's concerns a token, or all requests from here. So if a request for one repository
is refused again and again, or for longer than the client may wait, another repository is asked at
that moment: if it gets an answer, only the first one is given up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from repo_stats.github.errors import GitHubError, GoneError, LoneLimitError, NotFoundError

MOST_WAITS = 4
"""How often one request waits for limits before another repository is asked."""

MOST_WITNESSES = 3
"""How many other repositories are asked, because some of them may be refused like the first."""

Ask = Callable[[str, str], Awaitable[object]]
"""Sends one request, for a repository and an address."""


class LoneLimits:
    """The repositories that can be asked whether a limit concerns them too, and what that showed.

    Args:
        others: an address of each other repository of the run, for a client that reads only one.
    """

    def __init__(self, others: Mapping[str, str]) -> None:
        self._answered: dict[str, str] = {}
        self._known = dict(others)
        self._given_up: dict[str, LoneLimitError] = {}
        self._turn = asyncio.Lock()

    def expect(self, repo: str, url: str) -> None:
        """Record that a request for a repository is to be sent.

        Raises:
            LoneLimitError: the repository was given up.
        """
        if repo in self._given_up:
            raise self._given_up[repo]
        self._known.setdefault(repo, url)

    def record_answer(self, repo: str, url: str) -> None:
        """Record that a request for a repository was answered."""
        self._answered.setdefault(repo, url)

    async def require_general(self, repo: str, ask: Ask) -> None:
        """Check that a limit does not concern one repository alone.

        Args:
            repo: the repository that was refused.
            ask: sends a request for another one, in the same way.

        Raises:
            LoneLimitError: it does; the repository is given up.
        """
        # One after the other: if a limit concerns everyone, few requests may show that.
        async with self._turn:
            if repo not in self._given_up:
                spared = await self._find_spared(repo, ask)
                if spared is None:
                    return
                self._given_up[repo] = LoneLimitError(
                    f"GitHub stopped {repo} with a rate limit, but answered a request for {spared} "
                    "at the same time, so the limit is not waited for; the next refresh tries "
                    "again."
                )
        raise self._given_up[repo]

    async def _find_spared(self, repo: str, ask: Ask) -> str | None:
        """Another repository that is answered now; None if none is."""
        # Those that were answered before come first: no limit is named for them.
        candidates = {**self._answered, **self._known}
        others = [other for other in candidates if other not in {repo, *self._given_up}]
        for other in others[:MOST_WITNESSES]:
            try:
                await ask(other, candidates[other])
            except (NotFoundError, GoneError):
                pass  # an answer as well
            except GitHubError:
                continue
            return other
        return None
