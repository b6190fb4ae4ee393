"""What `repo-stats refresh` reads once a day: which jobs it runs, and what it says of failures."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from repo_stats.cli import run_jobs
from repo_stats.cli.daily_readings import read_daily
from repo_stats.cli.demo_audience import DAYS, MEASURED, store_audiences
from repo_stats.config.marks import Mark
from repo_stats.config.settings import Settings
from repo_stats.warehouse.daily_reads import DailyReads
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import RELEASE_DOWNLOADS, TRAFFIC_DAYS
from repo_stats.warehouse.stale import TRAFFIC_FAILURES, RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import SettingsFor

REASON = "GitHub does not show the traffic of a/b to this token."


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    """Two repositories with both marks, of which one was refreshed before."""
    marked = {"REPO_STATS_TRAFFIC": "a/b,c/d", "REPO_STATS_DOWNLOADS": "a/b"}
    settings = settings_for("a/b", "c/d", **marked)
    Files(settings.warehouse).write("repo_metadata/a/b.parquet", b"")
    return settings


@pytest.fixture
def jobs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Mark, bool]]:
    """The jobs that were run. Each finds what it was asked for, but no traffic."""
    ran: list[tuple[Mark, bool]] = []
    files = Files(settings.warehouse)

    def read(mark: Mark, *, force: bool) -> None:
        now = datetime.now(timezone.utc)
        ran.append((mark, force))
        DailyReads(files, mark).record(["a/b"], now)
        if mark == "traffic":
            RefreshFailures(files, TRAFFIC_FAILURES).record("a/b", REASON, "run", now)

    monkeypatch.setattr(run_jobs, "read_marked", read)
    return ran


def test_each_job_runs_once_a_day_and_says_once_what_it_could_not_read(
    settings: Settings, jobs: list[tuple[Mark, bool]]
) -> None:
    read: Callable[..., dict[str, str]] = read_daily
    files = Files(settings.warehouse)
    assert read(files, settings, force=False) == {"The traffic of a/b": REASON}
    assert jobs == [("traffic", False), ("downloads", False)]
    assert read(files, settings, force=False) == {}
    assert len(jobs) == 2
    assert read(files, settings, force=True) == {"The traffic of a/b": REASON}
    assert jobs[2:] == [("traffic", True), ("downloads", True)]


def test_nothing_runs_before_the_first_refresh_or_without_a_mark(
    settings_for: SettingsFor, jobs: list[tuple[Mark, bool]]
) -> None:
    without = settings_for("a/b")
    missing = settings_for("c/d", REPO_STATS_TRAFFIC="c/d")
    for settings in (without, missing):
        assert read_daily(Files(settings.warehouse), settings, force=False) == {}
    assert jobs == []


def test_the_past_of_the_demo_has_every_day_of_two_repositories(tmp_path: Path) -> None:
    tables = Tables(Files(str(tmp_path)))
    day = datetime(2026, 11, 1, tzinfo=timezone.utc)
    store_audiences(tables, day)
    assert tables.repos(TRAFFIC_DAYS) == sorted(MEASURED)
    rows = tables.find_kept(TRAFFIC_DAYS, MEASURED[0])
    downloads = tables.find_kept(RELEASE_DOWNLOADS, MEASURED[0])
    assert rows is not None
    assert downloads is not None
    days = rows["day"].tolist()
    assert (days[-1] - days[0]).days == len(days) - 1 >= DAYS
    assert rows["is_final"].sum() > DAYS - 6
    assert downloads["is_retired"].sum() == 0
    assert (
        downloads.groupby("asset_id")["downloads"].apply(lambda c: c.is_monotonic_increasing).all()
    )
    store_audiences(tables, datetime(2026, 11, 9, tzinfo=timezone.utc))
    again = tables.find_kept(TRAFFIC_DAYS, MEASURED[0])
    assert again is not None
    assert again.equals(rows)
