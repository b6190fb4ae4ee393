"""The assets of traffic: one step a day with four requests, and what becomes of a refusal."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.alerts.rules import find_failures, find_recoveries
from repo_stats.config.marks import Mark
from repo_stats.config.settings import Settings
from repo_stats.defs.sensors.ended_runs import describe_run
from repo_stats.simulator.accounts import Access
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import TRAFFIC_DAYS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import checks, findings, materialisations, table

ONE, TWO, THREE = "acme/one", "acme/two", "acme/three"

ASSETS = ("traffic_days", "traffic_referrers", "traffic_paths")

NO_PERMISSION = "GitHub does not show the traffic of acme/one to this token"


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    return simulate(*(Shape(name, 3, 2, stars=500) for name in (ONE, TWO, THREE)))


@pytest.fixture
def settings(settings_for: SettingsFor, simulator: Simulator, first_run: Run) -> Settings:
    """Three repositories after their first refresh; the traffic of two is kept."""
    settings = settings_for(ONE, TWO, THREE, REPO_STATS_TRAFFIC=f"{ONE},{TWO}")
    assert first_run(settings).success
    simulator.log.clear()
    return settings


def forget_that_it_was_asked(settings: Settings, name: str = "traffic") -> None:
    (Path(settings.warehouse) / "daily_reads" / f"{name}.json").unlink()


def let_days_pass(settings: Settings, repo: str, days: int) -> None:
    """Let the last snapshot have been taken some days ago."""
    tables = Tables(Files(settings.warehouse))
    rows = table(settings, "traffic_days", repo)
    shift = timedelta(days=days)
    earlier = rows.assign(day=[day - shift for day in rows["day"]], seen_at=rows["seen_at"] - shift)
    tables.write(TRAFFIC_DAYS, repo, earlier)
    forget_that_it_was_asked(settings)


def test_a_snapshot_a_day_takes_one_step_and_four_requests(
    run: Run, settings: Settings, simulator: Simulator
) -> None:
    result = run(settings, "refresh_traffic")
    assert result.success
    assert len(simulator.log) == 4 * 2
    assert len({event.step_key for event in result.all_events if event.is_step_success}) == 1
    for asset in ASSETS:
        recorded = materialisations(result, asset)
        assert set(recorded) == {ONE, TWO}
        rows = table(settings, asset, ONE)
        event = recorded[ONE]
        assert event.metadata["dagster/partition_row_count"].value == len(rows) > 0
        assert set(rows["repo"]) == {ONE}
    assert checks(result) == {"traffic_days.refreshed": True, "traffic_days.no_gap": True}
    again = run(settings, "refresh_traffic")
    assert again.success
    assert len(simulator.log) == 8
    assert materialisations(again, "traffic_days") == {}
    forced = run(settings, "refresh_traffic", force=True, partition_key=TWO)
    assert forced.success
    assert len(simulator.log) == 12
    assert {logged.target.split("/")[3] for logged in simulator.log[8:]} == {"two"}


def test_a_missing_permission_is_told_of_one_repository_and_asked_again_the_next_day(
    run: Run,
    settings: Settings,
    simulator: Simulator,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator.access = Access(traffic=frozenset({"somebody else's"}))
    first = run(settings, "refresh_traffic")
    assert first.success
    assert [logged.status for logged in simulator.log] == [403, 403]
    told = findings(first, "traffic_days.refreshed")
    assert set(told) == {ONE, TWO}
    assert told[ONE].startswith(NO_PERMISSION)
    marked: dict[Mark, tuple[str, ...]] = {"traffic": settings.traffic_repos}
    ended = describe_run(instance, first.dagster_run, settings.repos, marked)
    failing, alerts = find_failures({}, ended)
    assert [alert.repositories for alert in alerts] == [[ONE], [TWO]]
    assert alerts[0].text.startswith(f"{ONE} is stale: {NO_PERMISSION}")
    again = run(settings, "refresh_traffic")
    assert again.success
    assert len(simulator.log) == 2
    ended = describe_run(instance, again.dagster_run, settings.repos, marked)
    assert find_failures(failing, ended) == (failing, []), "it was told once"
    assert find_recoveries(failing, ended) == (failing, [])
    assert findings(again, "traffic_days.refreshed") == told, "it is not over"
    forget_that_it_was_asked(settings)  # the next day
    simulator.access = Access()
    allowed = run(settings, "refresh_traffic")
    assert len(simulator.log) == 2 + 8
    assert checks(allowed)["traffic_days.refreshed"]
    monkeypatch.delenv("GITHUB_TOKEN")
    anonymous = run(settings, "refresh_traffic", force=True)
    assert anonymous.success
    assert len(simulator.log) == 10
    assert (
        "of acme/one without a token: use a " in findings(anonymous, "traffic_days.refreshed")[ONE]
    )


def test_lost_days_fail_the_check_until_the_next_day(run: Run, settings: Settings) -> None:
    assert run(settings, "refresh_traffic").success
    let_days_pass(settings, ONE, 14)
    result = run(settings, "refresh_traffic")
    [gap] = [each for each in result.get_asset_check_evaluations() if each.check_name == "no_gap"]
    assert (gap.passed, gap.severity) == (False, dg.AssetCheckSeverity.ERROR)
    told = findings(result, "traffic_days.no_gap")
    assert set(told) == {ONE}
    assert told[ONE].startswith("14 days lie between the snapshots of ")
    assert told[ONE].endswith("are lost or cut off.")
    assert checks(run(settings, "refresh_traffic"))["traffic_days.no_gap"]


def test_a_gap_is_told_while_github_refuses_and_an_error_leaves_warnings_out(
    run: Run, settings: Settings, simulator: Simulator
) -> None:
    assert run(settings, "refresh_traffic").success
    simulator.access = Access(traffic=frozenset())
    let_days_pass(settings, ONE, 11)
    today = datetime.now(timezone.utc).date()
    warned = run(settings, "refresh_traffic")
    [gap] = [each for each in warned.get_asset_check_evaluations() if each.check_name == "no_gap"]
    assert gap.severity is dg.AssetCheckSeverity.WARN
    told = findings(warned, "traffic_days.no_gap")
    last = today - timedelta(days=11)
    assert told == {
        ONE: f"the last snapshot is of {last}, 11 days ago; GitHub forgets days after 14."
    }
    let_days_pass(settings, TWO, 30)
    assert set(findings(run(settings, "refresh_traffic"), "traffic_days.no_gap")) == {TWO}


def test_a_damaged_table_is_never_replaced_and_holds_up_no_other_repository(
    run: Run, settings: Settings
) -> None:
    assert run(settings, "refresh_traffic").success
    file = Path(settings.warehouse) / "traffic_days" / f"{ONE}.parquet"
    file.write_bytes(b"damaged")
    forget_that_it_was_asked(settings)
    result = run(settings, "refresh_traffic")
    assert result.success
    assert file.read_bytes() == b"damaged"
    told: dict[str, Any] = findings(result, "traffic_days.refreshed")
    assert set(told) == {ONE}
    assert f"{file} is damaged, or of another version." in told[ONE]
    assert set(materialisations(result, "traffic_days")) <= {TWO}
