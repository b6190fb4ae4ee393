"""Reading and writing tables, with one file per repository or one file for all.

`schemas` says what the rows mean, `footers` what a file holds beside its rows, `table_files` how
its bytes are read, and `kept_tables` how files are written and get more rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pyarrow as pa

from repo_stats.github.issues.sync_state import SyncState
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.footers import TableFooter, find_footer
from repo_stats.warehouse.frames import join_frames, to_pandas
from repo_stats.warehouse.kept_tables import KeptTables
from repo_stats.warehouse.listings import list_paths
from repo_stats.warehouse.parquet import DamagedFileError
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import TableSchema
from repo_stats.warehouse.states.renewal import renew_rows, renew_scan, renew_table
from repo_stats.warehouse.states.repo_state import INPUTS, RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.table_files import (
    StoredTable,
    describe_damage,
    parse_rows,
    parse_table,
)


@dataclass(frozen=True)
class Tables(KeptTables):
    """The tables of a warehouse."""

    @cached_property
    def states(self) -> Mapping[str, RepoState]:
        """What is known of each repository, as it was when it was first asked for."""
        return StateIndex(self.files).read()

    def revision(self, schema: TableSchema, repo: str) -> str | None:
        """A text that is different each time a repository's file is written; None if no file."""
        footer = self._find_footer(schema, repo)
        return footer.edition if footer else None

    def find_scan(self, schema: TableSchema, repo: str) -> ScanInfo | None:
        """How the items that a repository's rows are made from were read, if its file says so."""
        footer, state = self._find_footer(schema, repo), self._state(schema, repo)
        return renew_scan(schema, footer.scan, footer.edition, state) if footer else None

    def find_sync_state(self, schema: TableSchema, repo: str) -> SyncState | None:
        """Up to when all items of a repository are known, if its file says so."""
        footer = self._find_footer(schema, repo)
        return footer.history if footer else None

    def has(self, schema: TableSchema, repo: str) -> bool:
        """Whether there is a file of a repository."""
        return self.files.exists(self.path(schema, repo))

    def is_readable(self, schema: TableSchema, repo: str) -> bool:
        """Whether there is a file of a repository whose rows can all be read."""
        try:
            parse_rows(schema, self.files.read(self.path(schema, repo)) or b"")
        except DamagedFileError:
            return False
        return True

    def load(self, schema: TableSchema, repo: str) -> StoredTable:
        """A repository's rows with their scan and revision, in one read of the file.

        Raises:
            WarehouseError: there is no file, or it is damaged or has other columns.
        """
        content = self.files.read(self.path(schema, repo))
        if content is None:
            raise WarehouseError(
                f"{schema.name} of {repo} has not been materialised yet; refresh {repo} first."
            )
        try:
            stored = parse_table(schema, content)
        except DamagedFileError as error:
            raise describe_damage(self.uri(schema, repo), repo, error) from None
        return renew_table(schema, stored, self._state(schema, repo))

    def find_table(self, schema: TableSchema, repo: str) -> StoredTable | None:
        """Like `load`, but None if there is no file, or it is damaged or has other columns."""
        try:
            stored = parse_table(schema, self.files.read(self.path(schema, repo)) or b"")
        except DamagedFileError:
            return None
        return renew_table(schema, stored, self._state(schema, repo))

    def read(self, schema: TableSchema, repos: Sequence[str]) -> pd.DataFrame:
        """The rows of repositories, in the order given.

        Raises:
            WarehouseError: see `load`.
        """
        return join_frames(schema, [self.load(schema, repo).rows for repo in repos])

    def find(
        self, schema: TableSchema, repo: str | None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame | None:
        """The rows of a repository, or None if there is no file, or it is damaged or outdated.

        This is for rows that can be fetched again.

        Args:
            schema: the table.
            repo: the repository; None for a table of a single file.
            columns: the columns to read; None for all.
        """
        content = self.files.read(self.path(schema, repo)) or b""
        try:
            return to_pandas(self._parse(schema, repo, content, columns))
        except DamagedFileError:
            return None

    def find_stored(
        self, schema: TableSchema, repo: str, columns: Sequence[str] | None = None
    ) -> pd.DataFrame | None:
        """The rows of a repository, or None if there is no file.

        Args:
            schema: the table.
            repo: the repository.
            columns: the columns to read; None for all.

        Raises:
            WarehouseError: the file is damaged or has other columns; a refresh writes it again.
        """
        rows = self.find_stored_rows(schema, repo, columns)
        return None if rows is None else to_pandas(rows)

    def find_stored_rows(
        self, schema: TableSchema, repo: str, columns: Sequence[str] | None = None
    ) -> pa.Table | None:
        """The same as an Arrow table: a small part of the time of a frame.

        Raises:
            WarehouseError: see `find_stored`.
        """
        content = self.files.read(self.path(schema, repo))
        try:
            return None if content is None else self._parse(schema, repo, content, columns)
        except DamagedFileError as error:
            raise describe_damage(self.uri(schema, repo), repo, error) from None

    def repos(self, schema: TableSchema) -> list[str]:
        """The repositories that a table has a file of, sorted."""
        return sorted(
            path.removesuffix(".parquet")
            for path in list_paths(self.files, schema.name)
            if path.endswith(".parquet")
        )

    def _parse(
        self,
        schema: TableSchema,
        repo: str | None,
        content: bytes,
        columns: Sequence[str] | None,
    ) -> pa.Table:
        stored = parse_table(schema, content, columns)
        return renew_rows(schema, stored.rows, stored.revision, self._state(schema, repo))

    def _state(self, schema: TableSchema, repo: str | None) -> RepoState | None:
        """What is known of a repository, if that tells until when the rows of a table hold."""
        return self.states.get(repo) if repo is not None and schema.name in INPUTS else None

    def _find_footer(self, schema: TableSchema, repo: str) -> TableFooter | None:
        return find_footer(TableFooter, self.files, self.path(schema, repo))
