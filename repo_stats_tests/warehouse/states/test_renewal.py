"""Stored rows have the times until which the state knows that they hold, wherever they are read."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import (
    ISSUES,
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.sql import run_query
from repo_stats.warehouse.states.renewal import TIMED
from repo_stats.warehouse.states.repo_state import INPUTS, RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.known_states import known_state
from repo_stats_tests.helpers.rows import NOW, metadata, statistics
from repo_stats_tests.helpers.stored import SCAN

READ, SEEN = NOW + timedelta(hours=2), NOW + timedelta(hours=1)

TIMES: dict[TableSchema, datetime] = {
    REPO_METADATA: READ,
    OPEN_ISSUES: SEEN,
    ISSUES_PER_USER: SEEN,
    REPO_STATISTICS: SEEN,
}
"""Until when rows of each table hold if all is known."""


def rows_of(schema: TableSchema) -> pd.DataFrame:
    made = {REPO_METADATA: metadata("a/b"), REPO_STATISTICS: statistics()}
    return made[schema] if schema in made else to_frame(schema, [])


def fill(files: Files) -> RepoState:
    """Store a repository's tables at noon; the state knows that they hold until later."""
    tables, state = Tables(files), known_state(read_at=READ, seen_at=SEEN, files={})
    for schema in TIMES:
        scan = SCAN if schema in (OPEN_ISSUES, ISSUES_PER_USER) else None
        file = tables.write(schema, "a/b", rows_of(schema), scan)
        made_of = {source.name: state.files[source.name].revision for source in INPUTS[schema.name]}
        state = state.with_file(schema.name, replace(file, made_of=made_of))
    StateIndex(files).update({"a/b": state})
    return state


def times_of(files: Files, schema: TableSchema) -> set[object]:
    """Until when the rows of a table hold, by each way in which they are read."""
    tables = Tables(files)
    loaded, found = tables.load(schema, "a/b"), tables.find_table(schema, "a/b")
    assert found is not None
    if schema in (OPEN_ISSUES, ISSUES_PER_USER):
        scans = [loaded.scan, found.scan, tables.find_scan(schema, "a/b")]
        return {scan.validated_at for scan in scans if scan is not None}
    column = "validated_at" if schema is REPO_METADATA else "snapshot_at"
    frames = [tables.find(schema, "a/b"), tables.find_stored(schema, "a/b", [column])]
    frames.append(tables.read(schema, ["a/b"]))
    times = {time for frame in frames if frame is not None for time in frame[column]}
    told = {*loaded.rows[column].to_pylist(), *found.rows[column].to_pylist()}
    return {time.to_pydatetime() for time in times} | told


def queried_times(files: Files, schema: TableSchema) -> set[object]:
    """The same by a query, of a table that has a column for it."""
    column = TIMED.get(schema.name)
    return {*run_query(f"from {schema.name}", files.root)[column].to_pylist()} if column else set()


@pytest.mark.parametrize("schema", TIMES, ids=lambda schema: schema.name)
def test_rows_hold_until_the_state_says(files: Files, schema: TableSchema) -> None:
    fill(files)
    assert times_of(files, schema) == {TIMES[schema]}
    assert queried_times(files, schema) <= {TIMES[schema]}


@pytest.mark.parametrize("schema", TIMES, ids=lambda schema: schema.name)
def test_rows_of_a_file_that_the_state_does_not_know_hold_as_long_as_the_file_says(
    tmp_path: Path, schema: TableSchema
) -> None:
    files = Files(str(tmp_path))
    state = fill(files)
    forgotten = {name: file for name, file in state.files.items() if name != schema.name}
    StateIndex(files).update({"a/b": replace(state, files=forgotten)})
    assert times_of(files, schema) == {NOW}


def test_a_file_that_was_written_since_is_not_renewed(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    fill(files)
    Tables(files).write(OPEN_ISSUES, "a/b", rows_of(OPEN_ISSUES), SCAN)
    assert times_of(files, OPEN_ISSUES) == {NOW}


def test_issues_per_user_are_not_renewed_with_a_newer_list(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    state = fill(files)
    newer = replace(state.files[OPEN_ISSUES.name], revision="newer")
    StateIndex(files).update({"a/b": state.with_file(OPEN_ISSUES.name, newer)})
    assert times_of(files, ISSUES_PER_USER) == {NOW}


@pytest.mark.parametrize(
    "schema", [OPEN_ISSUES, ISSUES_PER_USER, REPO_STATISTICS], ids=lambda s: s.name
)
def test_a_list_that_was_never_seen_holds_as_long_as_its_file_says(
    tmp_path: Path, schema: TableSchema
) -> None:
    files = Files(str(tmp_path))
    state = fill(files)
    StateIndex(files).update({"a/b": replace(state, seen_at=None)})
    assert times_of(files, schema) == {NOW}
    assert queried_times(files, schema) <= {NOW}


@pytest.mark.parametrize("schema", [REPO_METADATA, REPO_STATISTICS], ids=lambda s: s.name)
def test_rows_that_are_read_without_their_time_get_none(
    tmp_path: Path, schema: TableSchema
) -> None:
    files = Files(str(tmp_path))
    fill(files)
    rows = Tables(files).find_stored(schema, "a/b", ["repo_id"])
    assert rows is not None
    assert rows.to_dict("list") == {"repo_id": [1]}


def test_a_file_without_a_scan_gets_none(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    state = fill(files)
    file = Tables(files).write(OPEN_ISSUES, "a/b", rows_of(OPEN_ISSUES))
    StateIndex(files).update({"a/b": state.with_file(OPEN_ISSUES.name, file)})
    assert Tables(files).find_scan(OPEN_ISSUES, "a/b") is None
    assert Tables(files).load(OPEN_ISSUES, "a/b").scan is None


def test_tables_that_the_state_knows_nothing_of_are_read_as_they_are(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    fill(files)
    Tables(files).write(ISSUES, "a/b", to_frame(ISSUES, []), SCAN)
    assert Tables(files).find_scan(ISSUES, "a/b") == SCAN
    assert Tables(files).load(ISSUES, "a/b").scan == SCAN


def test_without_an_index_rows_hold_as_long_as_their_files_say(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    fill(files)
    for name in files.names("repo_states"):
        files.delete(f"repo_states/{name}")
    for schema in TIMES:
        assert times_of(files, schema) | queried_times(files, schema) == {NOW}
