"""What the simulated GitHub holds: repositories and their issues, as API objects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]


@dataclass
class Repository:
    """One repository.

    Attributes:
        object: its API object; `open_issues_count` is kept in step with the issues.
        issues: all its issues and pull requests, as API objects.
        counter: what its object says as `open_issues_count` instead, as a lagging counter does.
    """

    object: JsonObject
    issues: list[JsonObject]
    counter: int | None = None

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

    def describe(self) -> JsonObject:
        """Its API object as of now."""
        count = self.counter
        if count is None:
            count = sum(issue["state"] == "open" for issue in self.issues)
        return {**self.object, "open_issues_count": count, "open_issues": count}


@dataclass
class World:
    """All repositories, by number and by the names they have and had.

    Attributes:
        repositories: by number.
        former_names: number by lower-case owner/name that was given up in a rename.
    """

    repositories: dict[int, Repository] = field(default_factory=dict)
    former_names: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, repositories: Iterable[Repository]) -> "World":
        """A world of some repositories."""
        return cls({repository.id: repository for repository in repositories})

    def find(self, full_name: str) -> Repository | None:
        """The repository that has a name now, in whatever case."""
        wanted = full_name.lower()
        for repository in self.repositories.values():
            if repository.full_name.lower() == wanted:
                return repository
        return None

    def rename(self, old_name: str, new_name: str) -> None:
        """Give a repository another owner/name; the old one redirects.

        Raises:
            KeyError: there is no repository of the old name.
        """
        repository = self.find(old_name)
        if repository is None:
            raise KeyError(old_name)
        self.former_names[old_name.lower()] = repository.id
        repository.object["full_name"] = new_name
        repository.object["name"] = new_name.partition("/")[2]


def is_open(issue: Mapping[str, Any]) -> bool:
    """Whether an issue or pull request is open."""
    return bool(issue["state"] == "open")
