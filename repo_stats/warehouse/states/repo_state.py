"""What is known of one repository between refreshes.

Tables hold what GitHub told. The state says until when that still held, so that no file has to be
written again only because time has passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from repo_stats.github.graphql.pulse import Pulse
from repo_stats.github.issues.vouching import Voucher
from repo_stats.github.stars.reading import StarReading
from repo_stats.json_codec import UtcTime
from repo_stats.warehouse.schemas import (
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)

INPUTS: Mapping[str, tuple[TableSchema, ...]] = {
    REPO_METADATA.name: (),
    OPEN_ISSUES.name: (REPO_METADATA,),
    ISSUES_PER_USER.name: (OPEN_ISSUES,),
    REPO_STATISTICS.name: (REPO_METADATA, ISSUES_PER_USER),
    STAR_DAYS.name: (),
}
"""The tables that a state knows the files of, and the tables that each is made from."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that a refresh has written.

    Attributes:
        revision: what its footer calls it: different each time the file is written.
        stamp: how a listing shows it; a file that was written again has another one.
        code_version: of the code that made its rows, and of what else they depend on.
        made_of: the revisions of the files that it was made from, by table.
    """

    revision: str
    stamp: str
    code_version: str = ""
    made_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListSummary:
    """What the last scan of a list found.

    Attributes:
        open_items: how many items.
        is_exact: whether they are proved to be those of one moment.
    """

    open_items: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class RepoState:
    """What is known of a repository between refreshes.

    Attributes:
        repo: the watchlist's name of it.
        repo_id: GitHub's number of it.
        url: the address of its object in the REST API.
        read_at: when GitHub last told the counters that `repo_metadata` holds (UTC).
        counter: GitHub's counter of open issues and pull requests.
        content_hash: of the row of `repo_metadata`.
        node_id: GitHub's global id of it; None if it is not known.
        subscribers: the users who watch it; None if that is not known.
        subscribers_at: when GitHub last told the subscribers (UTC).
        pulse: the last one; None if the counters are from the REST API.
        is_limited: whether the server that told the counters has rate limits.
        voucher: of the last scan of its list.
        items: what that scan found; None if there was none.
        seen_at: when the list was last known to be as it is stored (UTC); None if never.
        recorded_at: when its history was last offered a row (UTC).
        stars: the last reading of its stars by day; None if there was none.
        files: its files of the tables in `INPUTS`.
    """

    repo: str
    repo_id: int
    url: str
    read_at: UtcTime
    counter: int
    content_hash: str
    node_id: str | None = None
    subscribers: int | None = None
    subscribers_at: UtcTime | None = None
    pulse: Pulse | None = None
    is_limited: bool = True
    voucher: Voucher | None = None
    items: ListSummary | None = None
    seen_at: UtcTime | None = None
    recorded_at: UtcTime | None = None
    stars: StarReading | None = None
    files: Mapping[str, StoredFile] = field(default_factory=dict)

    @property
    def snapshot_at(self) -> datetime | None:
        """When the numbers were known to be as they are stored (UTC).

        None if that is not known, or if they are still to be made from newer rows.
        """
        if self.seen_at is None or not self.is_consistent(REPO_STATISTICS.name):
            return None
        return min(self.read_at, self.seen_at)

    def with_file(self, table: str, file: StoredFile) -> "RepoState":
        """The state after a table was written."""
        return replace(self, files={**self.files, table: file})

    def holds(self, table: str, stamps: Mapping[str, str]) -> bool:
        """Whether a table's file is the one that is known.

        Args:
            table: the table.
            stamps: how a listing shows the repository's files now, by table.
        """
        known = self.files.get(table)
        return known is not None and known.stamp == stamps.get(table)

    def is_made_of(self, table: str, source: str) -> bool:
        """Whether a table was made from the file of another one that is known."""
        if table not in self.files or source not in self.files:
            return False
        return self.files[table].made_of.get(source) == self.files[source].revision

    def is_consistent(self, table: str) -> bool:
        """Whether a table was made from the files that are known, and those from each other."""
        return table in self.files and all(
            self.is_made_of(table, source.name) and self.is_consistent(source.name)
            for source in INPUTS[table]
        )

    def is_current(
        self, table: str, stamps: Mapping[str, str], versions: Mapping[str, str]
    ) -> bool:
        """Whether a table is made by the present code, and from files that are all known.

        Args:
            table: the table.
            stamps: how a listing shows the repository's files now, by table.
            versions: the present `code_version` of each table.
        """
        return self.is_consistent(table) and all(
            self.holds(name, stamps) and self.files[name].code_version == versions[name]
            for name in with_sources(table)
        )


def with_sources(table: str) -> set[str]:
    """A table, and all that it is made from, directly or not."""
    return {table}.union(*(with_sources(source.name) for source in INPUTS[table]))
