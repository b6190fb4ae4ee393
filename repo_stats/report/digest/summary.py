"""The numbers of a digest: which repositories it names, and the sums over them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mode

from repo_stats.metrics.weekly_changes import Unanswered, WeeklyChange
from repo_stats.metrics.weeks import Week

SUMMED = ("stars_gained", "opened", "closed", "merged")
"""The changes that are added up over repositories, by the names of `WeeklyChange`."""


@dataclass(frozen=True)
class Sums:
    """The changes of several repositories added up.

    Attributes:
        name: their owner; empty for all.
        repositories: how many there are.
        changes: the sum of each of `SUMMED`; it is left out if no repository has the number.
        waiting: of the issues without an answer, the oldest with its repository.
    """

    name: str
    repositories: int
    changes: dict[str, int]
    waiting: tuple[str, Unanswered] | None = None


@dataclass(frozen=True)
class Digest:
    """What changed in a week.

    Attributes:
        week: the week.
        repositories: the change of each, that with the most activity first.
    """

    week: Week
    repositories: Sequence[WeeklyChange]

    @property
    def active(self) -> list[WeeklyChange]:
        """The repositories in which something happened."""
        return [change for change in self.repositories if change.activity]

    @property
    def quiet(self) -> int:
        """In how many of them nothing happened."""
        return sum(change.activity == 0 for change in self.repositories)

    @property
    def unknown(self) -> int:
        """Of how many of them it is not known what happened."""
        return sum(change.activity is None for change in self.repositories)

    @property
    def remarkable(self) -> list[WeeklyChange]:
        """Those with a record or a fall."""
        return [each for each in self.repositories if each.extremes or (each.stars_gained or 0) < 0]

    @property
    def waiting(self) -> list[tuple[str, Unanswered]]:
        """The issues without an answer with their repositories, the oldest issue first."""
        return _list_waiting(self.repositories)

    @property
    def total(self) -> Sums:
        """The sums over all repositories."""
        return _add_up("", self.repositories)

    @property
    def owners(self) -> list[Sums]:
        """The sums over each owner of several repositories, that with the most of them first."""
        groups: dict[str, list[WeeklyChange]] = {}
        for change in self.repositories:
            groups.setdefault(change.repo.partition("/")[0].lower(), []).append(change)
        sums = [
            _add_up(mode(each.repo.partition("/")[0] for each in group), group)
            for group in groups.values()
            if len(group) > 1
        ]
        return sorted(sums, key=lambda of_owner: (-of_owner.repositories, of_owner.name.lower()))


def make_digest(week: Week, changes: Iterable[WeeklyChange]) -> Digest:
    """The digest of a week, from what changed in each repository."""
    ordered = sorted(changes, key=lambda change: (-(change.activity or 0), change.repo.lower()))
    return Digest(week, ordered)


def _add_up(name: str, changes: Sequence[WeeklyChange]) -> Sums:
    known = {
        column: [value for each in changes if (value := getattr(each, column)) is not None]
        for column in SUMMED
    }
    sums = {column: sum(values) for column, values in known.items() if values}
    return Sums(name, len(changes), sums, next(iter(_list_waiting(changes)), None))


def _list_waiting(changes: Sequence[WeeklyChange]) -> list[tuple[str, Unanswered]]:
    found = [(each.repo, each.unanswered) for each in changes]
    known = [(repo, issue) for repo, issue in found if issue is not None]
    return sorted(known, key=lambda pair: (pair[1].created_at, pair[0]))
