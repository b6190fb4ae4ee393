"""The asset `issue_backlog`: for one repository and several, with and without all items."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES, REPO_HISTORY
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.items import items_by_time
from repo_stats_tests.helpers.runs import (
    by_hand,
    checks,
    failure,
    findings,
    materialisations,
    messages,
    table,
)

ONE, TWO = Shape("acme/one", 30, 4), Shape("acme/two", 8, 2)


@pytest.mark.parametrize("count", [1, 2])
def test_it_is_materialised_for_one_repository_and_for_a_range(
    first_run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    count: int,
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, "acme/never-read")
    first_run(settings)
    repos = (settings.repos[:1], settings.repos)[count - 1]
    result = by_hand(settings, instance, ["issue_backlog"], *repos)
    assert result.success
    for repo in settings.repos[:count]:
        backlog = table(settings, "issue_backlog", repo)
        last = table(settings, "repo_statistics", repo)
        assert backlog["open_items"].tolist() == last["open_items"].tolist()
        assert backlog["day"].tolist() == [last["snapshot_at"].item().date()]
        metadata = materialisations(result, "issue_backlog")[repo].metadata
        assert metadata["dagster/partition_row_count"].value == 1
        assert metadata["open_items"].value == last["open_items"].item()
    folder = Path(settings.warehouse) / "issue_backlog" / "acme"
    assert len(list(folder.glob("*.parquet"))) == count


def test_it_is_rebuilt_where_all_items_are_stored(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(ONE)
    settings = settings_for(ONE.full_name)
    first_run(settings)
    [row] = table(settings, "repo_statistics", ONE.full_name).to_dict("records")
    opened = row["snapshot_at"] - timedelta(days=10)
    stored = items_by_time(
        (opened, None, True),
        (opened, opened + timedelta(days=3), False),
        repo_id=row["repo_id"],
    ).assign(repo=ONE.full_name)
    Tables(Files(settings.warehouse)).write(ISSUES, ONE.full_name, stored)
    assert by_hand(settings, instance, ["issue_backlog"], ONE.full_name).success
    backlog = table(settings, "issue_backlog", ONE.full_name)
    assert backlog["open_items"].tolist() == [2] * 3 + [1] * 8
    assert backlog["is_rebuilt"].all()


def test_a_damaged_history_is_named_and_the_backlog_of_the_others_stored(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name)
    nothing = by_hand(settings, instance, ["issue_backlog"], *settings.repos)
    assert failure(nothing).startswith("There is no history of acme/one yet; refresh acme/one")
    first_run(settings)
    file = Path(settings.warehouse) / "repo_history" / "acme" / "one.parquet"
    file.write_bytes(b"damaged")
    result = by_hand(settings, instance, ["issue_backlog"], *settings.repos)
    assert result.success
    assert table(settings, "issue_backlog", TWO.full_name)["open_items"].tolist() == [8]
    reason = (
        f"{file} is damaged, or of another version. Its rows cannot be fetched again, so it is "
        "left as it is: put a copy of it back, or move it away to start a new one."
    )
    assert checks(result) == {"issue_backlog.refreshed": False}
    assert findings(result, "issue_backlog.refreshed") == {"acme/one": reason}
    warning = f"The backlog of acme/one is left as it was: {reason}"
    assert [line for line in messages(instance, result) if str(file) in line] == [warning]


def test_the_only_history_is_damaged_and_the_report_is_made(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(ONE)
    settings = settings_for(ONE.full_name)
    first_run(settings)
    (Path(settings.warehouse) / "repo_history" / "acme" / "one.parquet").write_bytes(b"damaged")
    assert run(settings, "publish_report").success
    assert (Path(settings.warehouse) / "report" / "acme" / "one.html").exists()


def test_the_report_of_a_run_has_the_pages_of_all_although_one_history_is_damaged(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name)
    first_run(settings)
    file = Path(settings.warehouse) / "repo_history" / "acme" / "one.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    result = run(settings, "publish_report")
    assert result.success
    pages = Path(settings.warehouse) / "report" / "acme"
    assert {page.name for page in pages.glob("*.html")} == {"one.html", "two.html"}
    assert f"{file} is damaged" in (pages / "one.html").read_text()
    said = [line for line in messages(instance, result) if f"{file} is damaged" in line]
    assert [line.split(f"{file}")[0] for line in said] == [
        "The backlog of acme/one is left as it was: ",
        "Growth is told without what cannot be read: ",
        "The page of acme/one lacks a part: ",
    ]


def test_the_job_makes_only_the_backlogs_whose_tables_changed_and_a_hand_made_one_any(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name)
    first_run(settings)
    folder = Path(settings.warehouse) / "issue_backlog" / "acme"

    def made_by(make: Callable[[], dg.ExecuteInProcessResult]) -> set[str]:
        before = {path: path.stat().st_ino for path in folder.glob("*.parquet")}
        assert make().success
        return {p.stem for p in folder.glob("*.parquet") if before.get(p) != p.stat().st_ino}

    def publish() -> dg.ExecuteInProcessResult:
        return run(settings, "publish_report", select=["issue_backlog"])

    assert made_by(publish) == {"one", "two"}
    assert made_by(publish) == set()
    tables = Tables(Files(settings.warehouse))
    history = tables.find_kept(REPO_HISTORY, TWO.full_name)
    assert history is not None
    tables.write(REPO_HISTORY, TWO.full_name, history)
    assert made_by(publish) == {"two"}
    (folder / "one.parquet").write_bytes(b"damaged")
    assert made_by(publish) == {"one"}
    assert made_by(lambda: by_hand(settings, instance, ["issue_backlog"], *settings.repos)) == {
        *("one", "two")
    }
    assert made_by(publish) == set()
