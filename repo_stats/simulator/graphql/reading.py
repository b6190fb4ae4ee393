"""What a query is answered from: the repositories as they are shown to it, found by id or name."""

from collections.abc import Callable
from dataclasses import dataclass, field

from repo_stats.simulator.graphql.errors import WENT_WRONG, ApiError
from repo_stats.simulator.graphql.items import ItemLists
from repo_stats.simulator.node_ids import (
    is_legacy,
    legacy_repository_id,
    read_repository,
    repository_id,
)
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import JsonObject, Repository, World

_UNSEEN = (Trouble.MISSING, Trouble.TAKEN_DOWN, Trouble.BLOCKED)
"""The troubles in which a repository looks as if there were none; REST tells them apart."""

AfterField = Callable[[str, Repository | None], None]
"""Called after each field of the query and of repositories, with its name in the response."""


@dataclass(frozen=True)
class RepositoryNode:
    """A repository in an answer.

    Attributes:
        latest: the repository itself, which can change while the query is answered.
        id: its id, in the form that the request gets.
    """

    latest: Repository
    id: str


@dataclass
class Reading:
    """One query while it is answered.

    Attributes:
        world: the repositories.
        items: the lists of their items.
        lag: of how many changes ago a repository is shown.
        uses_new_ids: whether all ids have the new form.
        rate_limit: what the field `rateLimit` is; None without limits.
        after_field: called after each field, or None if nothing waits for one.
        found: the first repository that was found.
        legacy_ids: the legacy ids that the query used, each with the number of its repository.
    """

    world: World
    items: ItemLists
    lag: int
    uses_new_ids: bool
    rate_limit: JsonObject | None
    after_field: AfterField | None
    found: Repository | None = None
    legacy_ids: dict[str, int] = field(default_factory=dict)

    def show(self, node: RepositoryNode) -> Repository:
        """A repository as it is shown now."""
        return node.latest.as_of(self.lag)

    def find_by_id(self, node_id: str) -> RepositoryNode:
        """The repository that has an id.

        Raises:
            ApiError: there is none, or it is not shown.
        """
        number = read_repository(node_id)
        repository = None if number is None else self.world.repositories.get(number)
        unknown = f"Could not resolve to a node with the global id of '{node_id}'"
        node = self._see(repository, unknown)
        if not is_legacy(node_id):
            return node
        self.legacy_ids[node_id] = node.latest.id
        return RepositoryNode(node.latest, self._write_id(node.latest, legacy=True))

    def find_by_name(self, full_name: str, *, follow_renames: bool) -> RepositoryNode:
        """The repository that has a name, or had it last.

        Raises:
            ApiError: there is none, or it is not shown.
        """
        find = self.world.resolve if follow_renames else self.world.find
        unknown = f"Could not resolve to a Repository with the name '{full_name}'."
        return self._see(find(full_name), unknown)

    def _see(self, repository: Repository | None, unknown: str) -> RepositoryNode:
        if repository is None or repository.as_of(self.lag).trouble in _UNSEEN:
            raise ApiError("NOT_FOUND", unknown)
        if repository.as_of(self.lag).trouble is Trouble.BROKEN:
            raise ApiError(None, WENT_WRONG)
        self.found = self.found or repository
        return RepositoryNode(repository, self._write_id(repository, legacy=False))

    def _write_id(self, repository: Repository, *, legacy: bool) -> str:
        if self.uses_new_ids:
            return repository_id(repository.id)
        return legacy_repository_id(repository.id) if legacy else repository.object["node_id"]
