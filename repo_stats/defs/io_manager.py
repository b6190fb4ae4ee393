"""The IO manager that stores an asset's rows as one Parquet file per repository."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone

import dagster as dg
import pandas as pd
import pyarrow as pa
from pydantic import Field, PrivateAttr

from repo_stats.clock import is_ahead
from repo_stats.defs.failing import StepError, retry_or_fail
from repo_stats.defs.resources import BOTS
from repo_stats.defs.steps.asset_specs import version_rows
from repo_stats.defs.steps.failures import fail_on
from repo_stats.defs.steps.stale_repositories import LEFT_AS_IT_WAS
from repo_stats.defs.stored_rows import Refreshed, StoredRows
from repo_stats.warehouse.files import Files, UnusableFileError, WarehouseError
from repo_stats.warehouse.frames import split_by_repo
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
from repo_stats.warehouse.states.repo_state import INPUTS, RepoState, StoredFile
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.table_files import StoredTable, find_scan
from repo_stats.warehouse.tables import Tables

_SCHEMAS: Mapping[str, TableSchema] = {schema.name: schema for schema in TABLES}

_SCANNED = (OPEN_ISSUES, ISSUES_PER_USER)

_REFRESHED = (REPO_METADATA, *_SCANNED, REPO_STATISTICS)
"""The tables whose steps leave out what an earlier step could not refresh."""


class TableIOManager(dg.ConfigurableIOManager):
    """Stores rows with a `repo` column, for one partition or for many at once.

    A step of a refresh gives `Refreshed`, any other a plain frame. Only the repositories in an
    output are written, each file completely or not at all, and what is known of them after that.
    A repository that could not be refreshed is not in the output, and its stored rows stay. One
    whose own file cannot be read or replaced is left out, and a warning names the file. A
    repository that was never stored is not in an input, and neither is one whose file is damaged:
    a warning names it.

    Two runs may refresh the same repository at once. A list of items never replaces one that was
    read later. A step fails, to be retried, if another run replaced its input while it ran. So
    whichever run writes last, the tables of a repository are made from each other.
    """

    root: str = Field(description="Absolute path or fsspec URL of the warehouse.")
    bots: list[str] = BOTS
    _loaded: dict[tuple[str, str], str | None] = PrivateAttr(default_factory=dict)
    """The revisions of the files that the running step loaded, by table and repository."""
    _stamps: dict[tuple[str, str], str] = PrivateAttr(default_factory=dict)
    """How a listing showed these files before they were loaded."""

    @property
    def _tables(self) -> Tables:
        """The tables, with what is known of repositories now."""
        return Tables(Files(self.root))

    def handle_output(self, context: dg.OutputContext, obj: Refreshed | pd.DataFrame) -> None:
        """Write the rows of each repository in the output, and then what is known of it."""
        schema = _SCHEMAS[context.asset_key.path[-1]]
        refreshed = obj if isinstance(obj, Refreshed) else Refreshed(obj, {})
        rows = refreshed.rows
        frame = rows.frame if isinstance(rows, ScannedFrame) else rows
        scans: Mapping[str, ScanInfo | None]
        scans = rows.scans if isinstance(rows, ScannedFrame) else dict.fromkeys(frame["repo"])
        written = {repo: scan for repo, scan in scans.items() if repo not in refreshed.unchanged}
        try:
            files, errors = self._write(schema, split_by_repo(schema, frame, written), written)
            if len(errors) == len(scans):
                fail_on(errors)
            self._leave_out(schema, errors, context)
            self._require_same_inputs((repo for repo in written if repo not in errors), context)
            self._store_states(schema, refreshed, files, written.keys())
        except WarehouseError as error:
            raise StepError(str(error)) from None
        finally:
            self._stamps.clear()
            self._loaded.clear()  # the next step may run in this process, and loads its own inputs

    def load_input(self, context: dg.InputContext) -> StoredRows:
        """The rows of the run's partitions, to be loaded when the step needs them."""
        schema = _SCHEMAS[context.asset_key.path[-1]]
        return StoredRows(schema, lambda repos: self._load_tables(schema, repos, context))

    def _write(
        self,
        schema: TableSchema,
        rows: Mapping[str, pa.Table],
        scans: Mapping[str, ScanInfo | None],
    ) -> tuple[dict[str, StoredFile], dict[str, str]]:
        """Write the rows of repositories: the new files, and why others cannot be written.

        A list that was read before the one that is stored is not written.
        """
        tables = self._tables
        read = set(tables.list_stored(schema, list(rows)) if schema is OPEN_ISSUES else ())
        files: dict[str, StoredFile] = {}
        errors: dict[str, str] = {}
        for repo, of_repo in rows.items():
            try:
                if repo not in read or not _holds_later(tables, repo, scans[repo]):
                    files[repo] = tables.write(schema, repo, of_repo, scans[repo])
            except UnusableFileError as error:  # noqa: PERF203 - one file of many
                errors[repo] = str(error)
        return files, errors

    def _store_states(
        self,
        schema: TableSchema,
        refreshed: Refreshed,
        files: Mapping[str, StoredFile],
        written: Collection[str],
    ) -> None:
        """Store what is known of repositories, except of those that could not be written."""
        states = {}
        versions = version_rows(self.bots)
        for repo, state in refreshed.states.items():
            if repo in written and repo not in files:
                continue
            file = files.get(repo) or state.files.get(schema.name)
            if file is not None:
                made_of = self._revisions_of_inputs(schema, state)
                file = replace(file, code_version=versions[schema.name], made_of=made_of)
                state = state.with_file(schema.name, file)
            states[repo] = state
        StateIndex(self._tables.files).update(states)

    def _revisions_of_inputs(self, schema: TableSchema, state: RepoState) -> dict[str, str]:
        """The revisions of the files that a repository's rows are made from, by table."""
        revisions = {
            source.name: self._loaded.get((source.name, state.repo))
            or (state.files[source.name].revision if source.name in state.files else None)
            for source in INPUTS.get(schema.name, ())
        }
        return {name: revision for name, revision in revisions.items() if revision is not None}

    def _load_tables(
        self, schema: TableSchema, repos: Sequence[str], context: dg.InputContext
    ) -> dict[str, StoredTable]:
        """The tables of the repositories that are stored.

        If none is, the error says so, unless this run could read none of them before.
        """
        tables = self._tables
        try:
            stored = self._find_stored(schema, repos)
            wanted = stored or self._not_failed(repos, context)
        except WarehouseError as error:
            raise StepError(str(error)) from None
        loaded, errors = try_each(wanted, lambda repo: _load(tables, schema, repo), context.log)
        if not loaded and len(repos) == len(context.asset_partition_keys):
            fail_on(errors)
        for repo, reason in errors.items():
            context.log.warning(f"{repo} is left out: {reason}")
        for repo, table in loaded.items():
            self._loaded[schema.name, repo] = table.revision
        return loaded

    def _find_stored(self, schema: TableSchema, repos: Sequence[str]) -> list[str]:
        """The repositories that a table has a file of; how a listing shows the files is kept."""
        stamps = self._tables.find_stamps(schema, repos)
        self._stamps.update({(schema.name, repo): stamp for repo, stamp in stamps.items()})
        return list(stamps)

    def _leave_out(
        self, schema: TableSchema, errors: Mapping[str, str], context: dg.OutputContext
    ) -> None:
        """Say which repositories cannot be stored; those of a refresh are stale from now on."""
        failures, run_id = RefreshFailures(self._tables.files), context.step_context.run_id
        for repo, reason in errors.items():
            context.log.warning(f"{repo} {LEFT_AS_IT_WAS}: {reason}")
            if schema in _REFRESHED:
                failures.record(repo, reason, run_id, datetime.now(timezone.utc))

    def _not_failed(self, repos: Sequence[str], context: dg.InputContext) -> list[str]:
        """The repositories that have not failed in this run so far."""
        failed = RefreshFailures(self._tables.files).of_run(repos, context.step_context.run_id)
        return [repo for repo in repos if repo not in failed]

    def _require_same_inputs(self, repos: Iterable[str], context: dg.OutputContext) -> None:
        """Check that no other run replaced what the step loaded of the repositories.

        Raises:
            PassingStepError: an input was replaced; the retried step loads it again.
            StepError: that happened at the last try too.
        """
        written = set(repos)
        loaded = {key: revision for key, revision in self._loaded.items() if key[1] in written}
        for table, repo in self._find_touched(loaded):
            if self._tables.revision(_SCHEMAS[table], repo) != loaded[table, repo]:
                retry_or_fail(
                    f"Another run replaced {table} of {repo} while this step used it; the step is "
                    "retried with the new rows.",
                    context.step_context.previous_attempt_count,
                )

    def _find_touched(self, loaded: Collection[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """The files among those that were loaded that a listing no longer shows as before.

        Their stamps are from before they were loaded, so that nothing in between is missed.
        """
        for table in dict.fromkeys(table for table, _ in loaded):
            repos = [repo for each, repo in loaded if each == table]
            stamps = self._tables.find_stamps(_SCHEMAS[table], repos)
            for repo in repos:
                if stamps.get(repo) != self._stamps.get((table, repo)):
                    yield table, repo


def _load(tables: Tables, schema: TableSchema, repo: str) -> StoredTable:
    table = tables.load(schema, repo)
    if schema in _SCANNED:
        find_scan(schema, repo, table)  # raises an error if the file has none
    return table


def _holds_later(tables: Tables, repo: str, scan: ScanInfo | None) -> bool:
    """Whether the stored list of items was read later than one that is to be written.

    A time later than now is none: a clock that was ahead has given it.
    """
    stored = tables.find_scan(OPEN_ISSUES, repo)
    if (
        scan is None
        or stored is None
        or is_ahead(stored.validated_at, datetime.now(timezone.utc), 0)
    ):
        return False
    return stored.validated_at > scan.validated_at
