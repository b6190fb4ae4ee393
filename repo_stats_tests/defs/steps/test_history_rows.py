"""The row of the day of repositories in which nothing changed."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd

from repo_stats.defs.steps.history_rows import (
    append_stored_rows,
    append_to_histories,
    describe_history,
    record_histories,
)
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics
from repo_stats_tests.helpers.step_context import step_context


def test_the_stored_row_is_added_once_a_day_and_a_damaged_history_costs_no_other(
    tmp_path: Path,
) -> None:
    tables = Tables(Files(str(tmp_path)))
    context: Any = step_context("a/b", "c/d", "e/f")
    now = datetime.now(timezone.utc)
    for repo in ("a/b", "c/d", "e/f"):
        row = statistics(repo=repo, snapshot_at=now, stars=5)
        tables.write(REPO_STATISTICS, repo, row)
        tables.write(REPO_HISTORY, repo, row.assign(snapshot_at=now - timedelta(days=2)))
    tables.files.write("repo_history/c/d.parquet", b"damaged")
    appended, errors = append_stored_rows(context, tables, ["a/b", "c/d", "e/f"])
    assert (appended, list(errors)) == (["a/b", "e/f"], ["c/d"])
    history = tables.find_kept(REPO_HISTORY, "a/b")
    assert history is not None
    assert history["snapshot_at"].tolist() == [now - timedelta(days=2), now]
    assert append_stored_rows(context, tables, ["a/b", "e/f"]) == ([], {})
    assert context.events == []


def test_new_rows_are_added_in_their_order_and_a_damaged_history_costs_no_other(
    tmp_path: Path,
) -> None:
    tables = Tables(Files(str(tmp_path)))
    context: Any = step_context("e/f", "c/d", "a/b")
    now = datetime.now(timezone.utc)
    rows = [statistics(repo=repo, snapshot_at=now, stars=5) for repo in ("e/f", "c/d", "a/b")]
    tables.files.write("repo_history/c/d.parquet", b"damaged")
    histories, errors = append_to_histories(context, tables, pd.concat(rows))
    assert (list(histories), list(errors)) == (["e/f", "a/b"], ["c/d"])
    assert [len(history) for history in histories.values()] == [1, 1]
    assert append_to_histories(context, tables, rows[0]) == ({}, {})


def test_a_history_is_told_apart_by_its_last_row(tmp_path: Path) -> None:
    tables = Tables(Files(str(tmp_path)))
    now = datetime.now(timezone.utc)
    days = [statistics(repo="a/b", snapshot_at=now - timedelta(days=n), stars=n) for n in (2, 1, 0)]
    history = pd.concat(days)
    assert describe_history(tables, "a/b", history) == {
        "dagster/uri": tables.uri(REPO_HISTORY, "a/b"),
        "dagster/partition_row_count": 3,
        "content_hash": hash_content(REPO_HISTORY, days[-1]),
    }
    context: Any = step_context("a/b")
    record_histories(context, tables, {"a/b": history})
    assert len(context.events) == 1
