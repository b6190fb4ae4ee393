"""The data of the simulated GitHub: repositories and their issues, as API objects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from operator import itemgetter
from typing import Any

from repo_stats.simulator.troubles import ISSUES_OFF, Trouble

JsonObject = dict[str, Any]


@dataclass
class Repository:
    """One repository.

    Attributes:
        object: its API object; `describe` adds the counts of open issues to it.
        issues: all its issues and pull requests, as API objects.
        counter: a value of `open_issues_count` that differs from the issues, as on GitHub when its
            counter lags behind; None for the true count.
        trouble: what is wrong with it; can be set at any time.
        last_number: the highest number of a deleted issue, which is never used again.
        star_days: how many of its stars were given on each day; `stars` lets them add up to its
            counter when they are asked for.
        unlisted_stars: how many stars of its counter no day has.
        releases: its releases, as API objects, the newest first.
    """

    object: JsonObject
    issues: list[JsonObject]
    counter: int | None = None
    trouble: Trouble = Trouble.FINE
    last_number: int = 0
    star_days: dict[date, int] = field(default_factory=dict)
    unlisted_stars: int = 0
    releases: list[JsonObject] = field(default_factory=list)
    _past: list["Repository"] = field(default_factory=list, repr=False, compare=False)

    @property
    def id(self) -> int:
        """GitHub's number of it."""
        number: int = self.object["id"]
        return number

    @property
    def full_name(self) -> str:
        """Its owner/name."""
        name: str = self.object["full_name"]
        return name

    def is_called(self, full_name: str) -> bool:
        """Whether an owner/name, in any case, is its current name."""
        return self.full_name.lower() == full_name.lower()

    def listed_issues(self) -> list[JsonObject]:
        """The issues and pull requests that its list contains."""
        if self.trouble is Trouble.ISSUES_OFF_EMPTY:
            return []
        if self.trouble is Trouble.ISSUES_OFF_PULLS:
            return [issue for issue in self.issues if issue.get("pull_request") is not None]
        return self.issues

    def describe(self) -> JsonObject:
        """Its current API object."""
        count = self.counter
        if count is None:
            count = list(map(itemgetter("state"), self.issues)).count("open")
        described = {**self.object, "open_issues_count": count, "open_issues": count}
        if self.trouble in ISSUES_OFF:
            described["has_issues"] = False
        return described

    def keep_state(self, count: int) -> None:
        """Keep its state before it changes, and no more than a number of states."""
        if count:
            issues = [type(issue)(issue) for issue in self.issues]
            stars = dict(self.star_days)
            past = replace(self, object=dict(self.object), issues=issues, star_days=stars, _past=[])
            self._past.append(past)
            del self._past[:-count]

    def as_of(self, changes_ago: int) -> "Repository":
        """It as it was a number of changes ago, or in the oldest state that was kept."""
        if not changes_ago or not self._past:
            return self
        return self._past[max(0, len(self._past) - changes_ago)]

    def open_ids(self) -> frozenset[int]:
        """The ids of the open issues and pull requests that its list contains now."""
        return frozenset(issue["id"] for issue in self.listed_issues() if is_open(issue))


@dataclass
class World:
    """All repositories.

    Attributes:
        repositories: by number.
        former_names: the numbers of renamed repositories, by former owner/name in lower case.
        accounts: the owners that are known beside those of the repositories, by name in lower
            case: organisations without a repository, and former owners.
        kept_states: how many earlier states of each repository are kept; mutations keep them.
    """

    repositories: dict[int, Repository] = field(default_factory=dict)
    former_names: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, JsonObject] = field(default_factory=dict)
    kept_states: int = 0
    _numbers: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, repositories: Iterable[Repository]) -> "World":
        """A world of some repositories."""
        return cls({repository.id: repository for repository in repositories})

    def all_accounts(self) -> dict[str, JsonObject]:
        """The owners of repositories, now or formerly, by name in lower case."""
        owners = (repository.object["owner"] for repository in self.repositories.values())
        return {**self.accounts, **{owner["login"].lower(): owner for owner in owners}}

    def find(self, full_name: str) -> Repository | None:
        """The repository that has a name now, in any case."""
        found = self.repositories.get(self._numbers.get(full_name.lower(), 0))
        if found is None or not found.is_called(full_name):
            # Anyone may have changed a name, or added a repository.
            numbers = {r.full_name.lower(): r.id for r in reversed(self.repositories.values())}
            self._numbers = numbers
            found = self.repositories.get(numbers.get(full_name.lower(), 0))
        return found

    def resolve(self, full_name: str) -> Repository | None:
        """The repository that has a name, or the one that had it last."""
        found = self.find(full_name)
        return found or self.repositories.get(self.former_names.get(full_name.lower(), 0))

    def _require(self, full_name: str) -> Repository:
        repository = self.find(full_name)
        if repository is None:
            raise KeyError(full_name)
        return repository

    def rename(self, old_name: str, new_name: str) -> None:
        """Give a repository another owner/name; the old one redirects.

        Raises:
            KeyError: no repository has the old name.
        """
        repository = self._require(old_name)
        former = repository.full_name
        self.former_names[old_name.lower()] = repository.id
        repository.object["full_name"] = new_name
        repository.object["name"] = new_name.partition("/")[2]
        for item in repository.issues:
            for key in ("url", "repository_url"):
                item[key] = item[key].replace(f"/repos/{former}", f"/repos/{new_name}", 1)

    def transfer(self, old_name: str, owner: JsonObject) -> None:
        """Give a repository to another account; its old owner/name redirects.

        Raises:
            KeyError: no repository has the old name.
        """
        repository = self._require(old_name)
        self.accounts |= self.all_accounts()
        self.rename(old_name, f"{owner['login']}/{repository.object['name']}")
        repository.object["owner"] = owner

    def take_over(self, newcomer: Repository, other_name: str) -> None:
        """Add a repository that takes over the name of another, which keeps its number.

        Args:
            newcomer: the repository that has the name from now on.
            other_name: the new owner/name of the repository that had the name.

        Raises:
            KeyError: no repository has the newcomer's name.
        """
        self.rename(newcomer.full_name, other_name)
        del self.former_names[newcomer.full_name.lower()]
        self.repositories[newcomer.id] = newcomer


def is_open(issue: Mapping[str, Any]) -> bool:
    """Whether an issue or pull request is open."""
    return bool(issue["state"] == "open")
