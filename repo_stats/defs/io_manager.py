"""The IO manager that stores an asset's rows as one Parquet file per repository."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from functools import cached_property

import dagster as dg
import pandas as pd
from pydantic import Field, PrivateAttr

from repo_stats.clock import is_ahead
from repo_stats.defs.steps.failures import fail_on
from repo_stats.defs.steps.stale_repositories import LEFT_AS_IT_WAS
from repo_stats.warehouse.files import Files, UnusableFileError, WarehouseError
from repo_stats.warehouse.frames import join_frames, split_by_repo
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import (
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    TABLES,
    TableSchema,
)
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.table_files import StoredTable, find_scan, join_scanned
from repo_stats.warehouse.tables import Tables

_SCHEMAS: Mapping[str, TableSchema] = {schema.name: schema for schema in TABLES}

_SCANNED = (OPEN_ISSUES, ISSUES_PER_USER)

_REFRESHED = (REPO_METADATA, *_SCANNED, REPO_STATISTICS)
"""The tables whose steps leave out what an earlier step could not refresh."""


class TableIOManager(dg.ConfigurableIOManager):
    """Stores frames with a `repo` column, for one partition or for many at once.

    Tables that are made of items are passed as `ScannedFrame`, all others as plain frames. Only the
    repositories in an output are written, each file completely or not at all. A repository that
    could not be refreshed is not in the output, and its stored rows stay. One whose own file cannot
    be read or replaced is left out, and a warning names the file. A repository that was
    never stored is not in an input, and neither is one whose file is damaged: a warning names it.

    Two runs may refresh the same repository at once. A list of items never replaces one that was
    read later. A step fails, to be retried, if another run replaced its input while it ran. So
    whichever run writes last, the tables of a repository are made from each other.
    """

    root: str = Field(description="Absolute path or fsspec URL of the warehouse.")
    _loaded: dict[tuple[str, str], str | None] = PrivateAttr(default_factory=dict)
    """The revisions of the files that the running step loaded, by table and repository."""

    @cached_property
    def _tables(self) -> Tables:
        return Tables(Files(self.root))

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame | ScannedFrame) -> None:
        """Write the rows of each repository in the output."""
        schema = _SCHEMAS[context.asset_key.path[-1]]
        scans: Mapping[str, ScanInfo | None]
        if isinstance(obj, ScannedFrame):
            frame, scans = obj.frame, obj.scans
        else:
            frame, scans = obj, dict.fromkeys(obj["repo"])
        try:
            errors: dict[str, str] = {}
            for repo, rows in split_by_repo(schema, frame, scans).items():
                try:
                    if not self._holds_later(schema, repo, scans[repo]):
                        self._tables.write(schema, repo, rows, scans[repo])
                except UnusableFileError as error:  # noqa: PERF203 - one file of many
                    errors[repo] = str(error)
            if len(errors) == len(scans):
                fail_on(errors)
            self._leave_out(schema, errors, context)
            self._require_same_inputs(repo for repo in scans if repo not in errors)
        except WarehouseError as error:
            raise dg.Failure(str(error), allow_retries=False) from None

    def load_input(self, context: dg.InputContext) -> pd.DataFrame | ScannedFrame:
        """Read the rows of the partitions that are stored.

        If none is, the error says so, unless this run could read none of them before.
        """
        schema = _SCHEMAS[context.asset_key.path[-1]]
        partitions = list(context.asset_partition_keys)
        try:
            stored = [repo for repo in partitions if self._tables.has(schema, repo)]
            wanted = stored or self._not_failed(partitions, context)
        except WarehouseError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        tables, errors = try_each(wanted, lambda repo: self._load(schema, repo), context.log)
        if wanted and not tables:
            fail_on(errors)
        for repo, reason in errors.items():
            context.log.warning(f"{repo} is left out: {reason}")
        for repo, table in tables.items():
            self._loaded[schema.name, repo] = table.revision
        if schema in _SCANNED:
            return join_scanned(schema, tables)
        return join_frames(schema, [table.rows for table in tables.values()])

    def _leave_out(
        self, schema: TableSchema, errors: Mapping[str, str], context: dg.OutputContext
    ) -> None:
        """Say which repositories cannot be stored; those of a refresh are stale from now on."""
        failures, run_id = RefreshFailures(self._tables.files), context.step_context.run_id
        for repo, reason in errors.items():
            context.log.warning(f"{repo} {LEFT_AS_IT_WAS}: {reason}")
            if schema in _REFRESHED:
                failures.record(repo, reason, run_id, datetime.now(timezone.utc))

    def _load(self, schema: TableSchema, repo: str) -> StoredTable:
        table = self._tables.load(schema, repo)
        if schema in _SCANNED:
            find_scan(schema, repo, table)  # raises an error if the file has none
        return table

    def _not_failed(self, repos: Sequence[str], context: dg.InputContext) -> list[str]:
        """The repositories that have not failed in this run so far."""
        failed = RefreshFailures(self._tables.files).of_run(repos, context.step_context.run_id)
        return [repo for repo in repos if repo not in failed]

    def _holds_later(self, schema: TableSchema, repo: str, scan: ScanInfo | None) -> bool:
        """Whether the stored list of items was read later than one that is to be written.

        A time later than now is none: a clock that was ahead has given it.
        """
        if schema is not OPEN_ISSUES or scan is None:
            return False
        stored = self._tables.find_scan(schema, repo)
        if stored is None or is_ahead(stored.validated_at, datetime.now(timezone.utc), 0):
            return False
        return stored.validated_at > scan.validated_at

    def _require_same_inputs(self, repos: Iterable[str]) -> None:
        """Check that no other run replaced what the step loaded of the repositories.

        Raises:
            dg.Failure: an input was replaced; the retried step loads it again.
        """
        written = set(repos)
        loaded = dict(self._loaded)
        self._loaded.clear()  # the next step may run in this process, and loads its own inputs
        for (table, repo), revision in loaded.items():
            if repo in written and self._tables.revision(_SCHEMAS[table], repo) != revision:
                raise dg.Failure(
                    f"Another run replaced {table} of {repo} while this step used it; the step is "
                    "retried with the new rows."
                )
