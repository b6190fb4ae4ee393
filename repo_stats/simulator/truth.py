"""Which items of a repository were open at which time.

Tests compare stored lists with these sets: a stored list must have been true at some moment while
it was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OpenChange:
    """A change of a set of open items.

    Attributes:
        responses: how many responses had been computed by then.
        at: when it happened, in epoch seconds.
        opened: ids that were added.
        gone: ids that were removed.
    """

    responses: int
    at: float
    opened: frozenset[int]
    gone: frozenset[int]


@dataclass
class OpenHistory:
    """How the set of open items of one repository changed.

    Attributes:
        changes: in order; the first adds all items that were open at the start.
    """

    changes: list[OpenChange] = field(default_factory=list)
    _latest: frozenset[int] = frozenset()

    def record(self, responses: int, at: float, open_ids: frozenset[int]) -> None:
        """Record a set, unless it equals the last one."""
        if not self.changes or open_ids != self._latest:
            opened, gone = open_ids - self._latest, self._latest - open_ids
            self.changes.append(OpenChange(responses, at, opened, gone))
            self._latest = open_ids

    def sets(self) -> Iterator[tuple[OpenChange, frozenset[int]]]:
        """Each change with the set that was true after it."""
        current: frozenset[int] = frozenset()
        for change in self.changes:
            current = (current - change.gone) | change.opened
            yield change, current

    def between(self, first: int, last: int) -> list[frozenset[int]]:
        """The sets that were true from one response to another, both included.

        Args:
            first: number of a response, from 1; the set it was computed from comes first.
            last: number of a response; later changes are left out.
        """
        found: list[frozenset[int]] = []
        for change, current in self.sets():
            if change.responses < first:
                found = [current]
            elif change.responses < last:
                found.append(current)
        return found

    def between_times(self, first: float, last: float) -> list[frozenset[int]]:
        """The sets that were true from one time to another, both included."""
        found: list[frozenset[int]] = []
        for change, current in self.sets():
            if change.at < first:
                found = [current]
            elif change.at <= last:
                found.append(current)
        return found
