"""Changes that happen while a client reads: which change, after which response, to which item.

A change can also happen in the middle of a response to a GraphQL query, after one of its fields.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from repo_stats.simulator.changes import (
    NEWCOMER,
    can_reopen,
    close_issue,
    delete_issue,
    is_open,
    open_issue,
    reopen_issue,
    touch_issue,
)
from repo_stats.simulator.release_changes import (
    AssetChange,
    change_asset,
    delete_asset,
    download,
    upload_again,
)
from repo_stats.simulator.repository_changes import (
    archive,
    create_beside,
    move_away,
    rename,
    take_over,
)
from repo_stats.simulator.stars import star, unstar
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import JsonObject, Repository, World


class MutationKind(Enum):
    """What happens."""

    OPEN = "open"
    """An issue or pull request is opened, by the author of an item that exists."""
    CLOSE = "close"
    """An open item is closed."""
    REOPEN = "reopen"
    """A closed item is reopened, but no merged pull request."""
    TOUCH = "touch"
    """An open item gets a comment and another title."""
    DELETE = "delete"
    """An open item vanishes."""
    TRANSFER = "transfer"
    """An open item moves to another repository, which looks like a deletion."""
    RENAME = "rename"
    """The repository gets another name; the old one redirects."""
    TAKE_OVER = "take_over"
    """Another repository gets the name; the old one keeps its number."""
    VANISH = "vanish"
    """The repository is 404 from then on."""
    STAR = "star"
    """The repository gets a star."""
    UNSTAR = "unstar"
    """A star of the repository is taken back, which lowers the day on which it was given."""
    ARCHIVE = "archive"
    """The repository is archived."""
    MOVE_AWAY = "move_away"
    """The repository is transferred to another organisation; the old name redirects."""
    CREATE = "create"
    """The owner of the repository gets one more."""
    DOWNLOAD = "download"
    """An asset of a release is downloaded."""
    REUPLOAD = "reupload"
    """An asset of a release is uploaded again: with another number, and a counter of 0."""
    DELETE_ASSET = "delete_asset"
    """An asset of a release is deleted."""


_Condition = Callable[[JsonObject], bool]

ANY_FIELD = "*"
"""The field of a mutation that counts all fields of repositories, and the queried ones above."""


@dataclass(frozen=True)
class Mutation:
    """A change right after the n-th response to requests whose path contains a text.

    Attributes:
        kind: what happens.
        after: the response that it follows, counted from 1; with `field`, the field that it
            follows.
        repo: the repository that it hits, by its current or a former name; if empty, the one that
            the request named, or the first that a query found. With `field`, the one whose field
            it is.
        path: a text in the path and query of the requests that are counted.
        index: the position of the item that it hits among those that it can hit, by creation, or
            of the day with stars, or of the asset in its list; counting starts again after the
            last.
        field: the field of GraphQL responses that is counted in place of whole responses, by the
            name that it has there: a field of a repository, or of the query itself. `ANY_FIELD`
            counts all of these. What is below a field was read before the change.
    """

    kind: MutationKind
    after: int
    repo: str = ""
    path: str = ""
    index: int = 0
    field: str = ""

    @classmethod
    def parse(cls, text: str) -> "Mutation":
        """Read `KIND@N`, or the same with `:PATH`, `#FIELD` or both after it.

        Raises:
            ValueError: the text describes no mutation.
        """
        whole, _, name = text.partition("#")
        what, _, path = whole.partition(":")
        kind, _, after = what.partition("@")
        try:
            mutation = cls(MutationKind(kind), int(after), path=path, field=name)
        except ValueError:
            mutation = None
        if mutation is None or mutation.after < 1:
            kinds = ", ".join(kind.value for kind in MutationKind)
            raise ValueError(
                f"{text!r} is no mutation; write KIND@N, KIND@N:PATH or KIND@N:PATH#FIELD, where "
                f"KIND is one of {kinds}."
            )
        return mutation


@dataclass
class MutationPlan:
    """The mutations to come, each with the number of responses or fields that it waits for."""

    _waiting: list[tuple[Mutation, int]] = field(default_factory=list)

    def add(self, mutation: Mutation) -> None:
        """Add a mutation; responses are counted from now on."""
        self._waiting.append((mutation, mutation.after))

    @property
    def counts_fields(self) -> bool:
        """Whether a mutation waits for a field."""
        return any(mutation.field for mutation, _ in self._waiting)

    def take(self, target: str, name: str = "") -> list[Mutation]:
        """Count a response to a path and query, and return the mutations that follow it.

        Args:
            target: the path and query.
            name: the field of the response that is counted in place of the response.
        """
        due, waiting = [], []
        for mutation, left in self._waiting:
            counts = mutation.path in target and _counts(mutation, name)
            if counts and left == 1:
                due.append(mutation)
            else:
                waiting.append((mutation, left - counts))
        self._waiting = waiting
        return due


def _counts(mutation: Mutation, name: str) -> bool:
    """Whether a mutation counts a field; the empty name is that of a whole response."""
    return mutation.field == name or (mutation.field == ANY_FIELD and name != "")


def _delete(repository: Repository, number: int, _: float) -> None:
    delete_issue(repository, number)


_ITEM_CHANGES: dict[MutationKind, tuple[_Condition, Callable[[Repository, int, float], object]]] = {
    MutationKind.CLOSE: (is_open, close_issue),
    MutationKind.REOPEN: (can_reopen, reopen_issue),
    MutationKind.TOUCH: (is_open, touch_issue),
    MutationKind.DELETE: (is_open, _delete),
    MutationKind.TRANSFER: (is_open, _delete),
}
"""Which items each kind can hit, and the change that it makes."""


_ASSET_CHANGES: dict[MutationKind, AssetChange] = {
    MutationKind.DOWNLOAD: download,
    MutationKind.REUPLOAD: upload_again,
    MutationKind.DELETE_ASSET: delete_asset,
}


def mutate(world: World, mutation: Mutation, requested: Repository | None, at: float) -> None:
    """Make a change; nothing happens if there is nothing that it can hit.

    Args:
        world: the repositories.
        mutation: the change.
        requested: the repository that the last request named, or whose field was read.
        at: when it happens, in epoch seconds.
    """
    repository = world.resolve(mutation.repo) if mutation.repo else requested
    if repository is None:
        return
    repository.keep_state(world.kept_states)
    if mutation.kind is MutationKind.OPEN:
        hit = _choose(repository, mutation.index, lambda _: True)
        open_issue(repository, at, NEWCOMER if hit is None else hit["user"])
    elif mutation.kind in _ITEM_CHANGES:
        can_hit, change = _ITEM_CHANGES[mutation.kind]
        hit = _choose(repository, mutation.index, can_hit)
        if hit is not None:
            change(repository, hit["number"], at)
    elif mutation.kind in _ASSET_CHANGES:
        change_asset(repository, mutation.index, _ASSET_CHANGES[mutation.kind], at)
    else:
        _mutate_repository(world, mutation, repository, at)


def _choose(repository: Repository, index: int, can_hit: _Condition) -> JsonObject | None:
    eligible = [issue for issue in repository.issues if can_hit(issue)]
    eligible.sort(key=lambda issue: (issue["created_at"], issue["id"]))
    return eligible[index % len(eligible)] if eligible else None


def _mutate_repository(world: World, mutation: Mutation, repository: Repository, at: float) -> None:
    match mutation.kind:
        case MutationKind.STAR:
            star(repository, at)
        case MutationKind.UNSTAR:
            unstar(repository, at, mutation.index)
        case MutationKind.ARCHIVE:
            archive(repository)
        case MutationKind.VANISH:
            repository.trouble = Trouble.MISSING
        case MutationKind.RENAME:
            rename(world, repository)
        case MutationKind.TAKE_OVER:
            take_over(world, repository)
        case MutationKind.MOVE_AWAY:
            move_away(world, repository)
        case MutationKind.CREATE:
            create_beside(world, repository)
