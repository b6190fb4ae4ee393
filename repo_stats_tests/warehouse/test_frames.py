"""Rows in memory: divided, joined and hashed by what they say alone."""

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.frames import (
    hash_content,
    join_frames,
    split_by_repo,
    to_arrow,
    to_frame,
    to_pandas,
    to_records,
)
from repo_stats.warehouse.scans import ScannedFrame
from repo_stats.warehouse.schemas import (
    ISSUE_BACKLOG,
    ISSUES_PER_USER,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.sql import VIEWS
from repo_stats.warehouse.table_files import StoredTable, find_scan, join_scanned
from repo_stats_tests.helpers.rows import NOW, statistics
from repo_stats_tests.helpers.stored import SCAN, row_of

BOTH = join_frames(
    REPO_STATISTICS,
    [statistics(repo="c/d", stars=1), statistics(stars=2), statistics(repo="c/d", stars=3)],
)


def test_rows_are_divided_by_repository_in_their_order() -> None:
    parts = split_by_repo(REPO_STATISTICS, BOTH, ["a/b", "x/y", "c/d"])
    assert {repo: part["stars"].to_pylist() for repo, part in parts.items()} == {
        "a/b": [2],
        "x/y": [],
        "c/d": [1, 3],
    }
    assert {tuple(part.column_names) for part in parts.values()} == {tuple(REPO_STATISTICS.names)}


def test_rows_have_no_labels_after_they_were_an_arrow_table() -> None:
    labelled = BOTH.set_index(pd.Index([5, 7, 9]))
    pd.testing.assert_frame_equal(to_pandas(to_arrow(REPO_STATISTICS, labelled)), BOTH)


def test_a_null_where_none_may_be_is_refused_by_the_name_of_its_column() -> None:
    with pytest.raises(ValueError, match="repo must not be null, and 2 values are"):
        to_arrow(REPO_STATISTICS, BOTH.assign(repo=BOTH["repo"].where(BOTH.index == 0)))


def test_the_hash_of_rows_is_that_of_their_values_and_stays_the_same_over_versions() -> None:
    microseconds = int(NOW.timestamp()) * 10**6
    values: dict[TableSchema, list[Any]] = {
        ISSUE_BACKLOG: ["x", 1, "2026-11-23", 1, 1, 1, None, None, False],
        ISSUES_PER_USER: ["x", 1, 1, "x", "x", None, 1, 1, 1, microseconds, microseconds],
    }
    for schema, row in values.items():
        text = json.dumps([schema.names, row, row])
        rows = to_frame(schema, [row_of(schema)] * 2)
        assert hash_content(schema, rows) == hashlib.sha256(text.encode()).hexdigest()


VOLATILE = {
    "repo_metadata": {"url", "etag", "validated_at", "api", "raw"},
    "repo_statistics": {"snapshot_at"},
    "leaderboard": {"snapshot_at", "median_days_open"},
    "traffic_days": {"seen_at"},
}
"""The columns of tables that say when and how rows were read."""

OTHER_VALUES: dict[pa.DataType, Any] = {
    pa.bool_(): True,
    pa.date32(): date(2020, 1, 1),
    pa.float64(): 2.5,
    pa.int64(): 2,
    pa.list_(pa.string()): ["y"],
    pa.string(): "y",
    pa.timestamp("us", tz="UTC"): NOW + timedelta(microseconds=1),
}


@pytest.mark.parametrize("schema", VIEWS, ids=lambda schema: schema.name)
def test_a_hash_changes_with_every_value_but_when_and_how_it_was_read(schema: TableSchema) -> None:
    row = row_of(schema)
    first = hash_content(schema, to_frame(schema, [row]))
    unseen = {
        column.name
        for column in schema.columns
        if hash_content(schema, to_frame(schema, [{**row, column.name: OTHER_VALUES[column.type]}]))
        == first
    }
    assert unseen == VOLATILE.get(schema.name, set())


@pytest.mark.parametrize("repos", [["a/b"], ["c/d", "x/y"], []])
def test_scanned_rows_of_some_repositories_come_with_their_scans(repos: list[str]) -> None:
    scans = {repo: replace(SCAN, fingerprint=repo) for repo in ("a/b", "c/d", "e/f")}
    part = ScannedFrame(BOTH, scans).of(repos)
    assert part.frame["repo"].tolist() == [repo for repo in BOTH["repo"] if repo in repos]
    assert part.scans == {repo: scan for repo, scan in scans.items() if repo in repos}


def test_scanned_rows_of_several_files_are_joined_in_their_order() -> None:
    stored = {
        repo: StoredTable(
            to_arrow(REPO_STATISTICS, statistics(repo=repo)), SCAN, "r1", is_older=False
        )
        for repo in ("c/d", "a/b")
    }
    joined = join_scanned(REPO_STATISTICS, stored)
    assert joined.frame["repo"].tolist() == ["c/d", "a/b"]
    assert joined.scans == {"c/d": SCAN, "a/b": SCAN}


def test_a_file_without_a_scan_is_told_to_be_written_again() -> None:
    stored = StoredTable(to_arrow(REPO_STATISTICS, statistics()), None, "r1", is_older=False)
    with pytest.raises(WarehouseError) as error:
        find_scan(REPO_STATISTICS, "a/b", stored)
    assert str(error.value) == (
        "The file of repo_statistics of a/b does not say how its items were read; refresh a/b to "
        "write it again."
    )


def test_rows_have_plain_values_and_none_where_one_is_missing() -> None:
    frame = pd.DataFrame(
        {
            "count": [1, 2],
            "text": pd.Series(["x", None], dtype="str"),
            "share": [0.5, float("nan")],
            "days": pd.array([3, None], dtype="Int64"),
            "time": pd.to_datetime(["2026-09-01T00:00:00Z", "NaT"]),
            "labels": [["a"], []],
        }
    )
    first, second = to_records(frame)
    assert first == {
        "count": 1,
        "text": "x",
        "share": 0.5,
        "days": 3,
        "time": pd.Timestamp("2026-09-01T00:00:00Z"),
        "labels": ["a"],
    }
    assert second == {
        **dict.fromkeys(("text", "share", "days", "time")),
        "count": 2,
        "labels": [],
    }
    assert {type(row["count"]) for row in (first, second)} == {int}
    assert to_records(frame.head(0)) == []
