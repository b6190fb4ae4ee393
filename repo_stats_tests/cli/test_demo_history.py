"""The two years before the demo, in the product's own table."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from repo_stats.cli.demo_history import store_histories
from repo_stats.config.settings import Settings
from repo_stats.simulator.showcase import DAYS, PROJECTS
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables

NUMBERS = ["open_items", "open_issues", "open_pull_requests", "open_issues_count", "users"]


def test_the_past_leads_up_to_what_a_refresh_finds(demo: Settings) -> None:
    tables = Tables(Files(demo.warehouse))
    repos = [project.full_name for project in PROJECTS]
    assert tables.repos(REPO_HISTORY) == sorted(repos)
    for repo in repos:
        history = tables.read(REPO_HISTORY, [repo])
        assert len(history) == DAYS + 1  # and the row of the refresh
        assert history["snapshot_at"].is_monotonic_increasing
        before, now = history.iloc[-2], tables.read(REPO_STATISTICS, [repo]).iloc[0]
        assert [number for number in NUMBERS if abs(now[number] - before[number]) > 4] == []
        for row in (before, now):
            assert row["open_items"] == row["open_issues"] + row["open_pull_requests"]
            assert row["average_open_issues_per_user"] == row["open_items"] / row["users"]
        assert 0 <= now["stars"] - before["stars"] <= 60
        assert 0 <= now["forks"] - before["forks"] <= 6


def test_a_history_that_is_there_already_stays(tmp_path: Path) -> None:
    tables = Tables(Files(f"{tmp_path}/w"))
    day = datetime(2026, 3, 1, tzinfo=timezone.utc)
    store_histories(tables, day)
    before = tables.read(REPO_HISTORY, ["acme/kite"])
    store_histories(tables, day + timedelta(days=1))
    assert tables.read(REPO_HISTORY, ["acme/kite"]).equals(before)
