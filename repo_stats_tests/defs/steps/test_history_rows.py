"""The row of the day of repositories in which nothing changed."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from repo_stats.defs.steps.history_rows import append_stored_rows
from repo_stats.warehouse.files import Files
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
