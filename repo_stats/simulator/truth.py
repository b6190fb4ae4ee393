"""What was true when: the sets of open items that a repository has had.

A list read page by page can be judged by it: whatever was stored must have been true at some
moment while it was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OpenChange:
    """A change of a set of open items.

    Attributes:
        answers: how many answers had been computed by then.
        at: when it was, in epoch seconds.
        opened: ids that came.
        gone: ids that left.
    """

    answers: int
    at: float
    opened: frozenset[int]
    gone: frozenset[int]


@dataclass
class OpenHistory:
    """The history of one repository's set of open items; only what changed is kept.

    Attributes:
        changes: in order, the first of which opens all that were open at the start.
    """

    changes: list[OpenChange] = field(default_factory=list)
    _latest: frozenset[int] = frozenset()

    def record(self, answers: int, at: float, open_ids: frozenset[int]) -> None:
        """Remember a set, unless it is the one already known."""
        if not self.changes or open_ids != self._latest:
            opened, gone = open_ids - self._latest, self._latest - open_ids
            self.changes.append(OpenChange(answers, at, opened, gone))
            self._latest = open_ids

    def sets(self) -> Iterator[tuple[OpenChange, frozenset[int]]]:
        """Each change with the set that was true after it."""
        current: frozenset[int] = frozenset()
        for change in self.changes:
            current = (current - change.gone) | change.opened
            yield change, current

    def between(self, first: int, last: int) -> list[frozenset[int]]:
        """The sets that were true from one answer until another, both included.

        Args:
            first: number of an answer, from 1; the set it was computed from is the first.
            last: number of an answer; what changed after it is left out.
        """
        found: list[frozenset[int]] = []
        for change, current in self.sets():
            if change.answers < first:
                found = [current]
            elif change.answers < last:
                found.append(current)
        return found

    def between_times(self, first: float, last: float) -> list[frozenset[int]]:
        """The sets that were true from one time until another, both included."""
        found: list[frozenset[int]] = []
        for change, current in self.sets():
            if change.at < first:
                found = [current]
            elif change.at <= last:
                found.append(current)
        return found
