"""Writing the files of tables, and changing those whose rows cannot be fetched again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from repo_stats.github.issues.sync_state import SyncState
from repo_stats.warehouse.changes import change_file
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.footers import TableFooter
from repo_stats.warehouse.frames import FrameOrArrow, to_arrow, to_pandas
from repo_stats.warehouse.listings import find_stamps
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import TableSchema
from repo_stats.warehouse.states.repo_state import StoredFile
from repo_stats.warehouse.table_files import parse_kept


@dataclass(frozen=True)
class KeptTables:
    """The part of `Tables` that needs no index of states.

    Attributes:
        files: the files of the warehouse.
    """

    files: Files

    def path(self, schema: TableSchema, repo: str | None) -> str:
        """The file of a repository, below the warehouse; None stands for all repositories."""
        return f"{schema.name}.parquet" if repo is None else f"{schema.name}/{repo}.parquet"

    def uri(self, schema: TableSchema, repo: str | None) -> str:
        """Where a repository's file is, as other programs understand it."""
        return self.files.uri(self.path(schema, repo))

    def find_stamps(self, schema: TableSchema, repos: Sequence[str]) -> dict[str, str]:
        """The stamps of repositories' files, by repository; of those that have one.

        Raises:
            WarehouseError: a file or folder cannot be looked at.
        """
        paths = {f"{repo}.parquet": repo for repo in repos}
        found = find_stamps(self.files, schema.name, paths)
        return {repo: found[path] for path, repo in paths.items() if path in found}

    def list_stored(self, schema: TableSchema, repos: Sequence[str]) -> list[str]:
        """The repositories that have a file.

        Raises:
            WarehouseError: a file or folder cannot be looked at.
        """
        return list(self.find_stamps(schema, repos))

    def write(
        self,
        schema: TableSchema,
        repo: str | None,
        rows: FrameOrArrow,
        scan: ScanInfo | None = None,
        sync: SyncState | None = None,
    ) -> StoredFile:
        """Replace a repository's rows, or all rows of a table of a single file.

        Args:
            schema: the table.
            repo: the repository; None for a table of a single file.
            rows: all rows of the file.
            scan: how the items that the rows are made from were read.
            sync: up to when all items of the repository are known.

        Raises:
            WarehouseError: the rows cannot be stored; the old ones stay.
        """
        revision = uuid4().hex
        footer = TableFooter(edition=revision, scan=scan, history=sync)
        content = to_parquet(to_arrow(schema, rows), footer)
        return StoredFile(revision, self.files.write(self.path(schema, repo), content))

    def update(
        self,
        schema: TableSchema,
        repo: str | None,
        change: Callable[[pd.DataFrame | None], pd.DataFrame | None],
        wait: float | None = None,
    ) -> pd.DataFrame | None:
        """Like `update_rows`, with frames."""

        def change_rows(rows: pa.Table | None) -> pa.Table | None:
            changed = change(None if rows is None else to_pandas(rows))
            return None if changed is None else to_arrow(schema, changed)

        rows = self.update_rows(schema, repo, change_rows, wait)
        return None if rows is None else to_pandas(rows)

    def update_rows(
        self,
        schema: TableSchema,
        repo: str | None,
        change: Callable[[pa.Table | None], pa.Table | None],
        wait: float | None = None,
    ) -> pa.Table | None:
        """Change the rows of a file by a function, and return the new rows if there are any.

        This is for rows that cannot be fetched again: a process loses no rows that another one
        writes at the same time, on a disk or in object storage. See `changes`.

        Args:
            schema: the table.
            repo: the repository; None for a table of a single file.
            change: takes the stored rows, or None if there is no file; returns the rows to store,
                or None to leave the file as it is. It may be called several times.
            wait: seconds to wait for another process; see `change_file`.

        Raises:
            InUseError: another process holds the file.
            WarehouseError: the stored rows cannot be read or replaced; they stay.
        """
        changed: pa.Table | None = None

        def encode_changed(content: bytes | None) -> bytes | None:
            nonlocal changed
            changed = change(parse_kept(schema, content, self.uri(schema, repo)))
            return None if changed is None else self.encode(schema, changed)

        change_file(self.files, self.path(schema, repo), encode_changed, wait)
        return changed

    def encode(self, schema: TableSchema, rows: FrameOrArrow) -> bytes:
        """The file of rows that cannot be fetched again."""
        return to_parquet(to_arrow(schema, rows), TableFooter(edition=uuid4().hex))

    def find_kept(self, schema: TableSchema, repo: str | None) -> pd.DataFrame | None:
        """The rows of a file that cannot be fetched again, or None if there is no file.

        Raises:
            WarehouseError: the file exists and cannot be read.
        """
        rows = self.find_kept_rows(schema, repo)
        return None if rows is None else to_pandas(rows)

    def find_kept_rows(
        self, schema: TableSchema, repo: str | None, columns: Sequence[str] | None = None
    ) -> pa.Table | None:
        """The same as an Arrow table, or some of its columns: a tenth of the time of a frame.

        Raises:
            WarehouseError: the file exists and cannot be read.
        """
        content = self.files.read(self.path(schema, repo))
        return parse_kept(schema, content, self.uri(schema, repo), columns)
