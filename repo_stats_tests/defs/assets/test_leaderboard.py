"""The asset `leaderboard`: stored by a run of its own and with others, and with damaged files."""

from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import (
    LEADERBOARD,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import by_hand, materialisations, messages

ONE, TWO = Shape("acme/one", 30, 4), Shape("acme/two", 8, 2)


def stored(settings: Settings) -> pd.DataFrame:
    return pd.read_parquet(Path(settings.warehouse) / "leaderboard.parquet")


def test_it_holds_every_repository_that_was_refreshed(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, "acme/never-read", TWO.full_name)
    run(settings)
    result = by_hand(settings, instance, ["leaderboard"])
    assert result.success
    ranked = stored(settings)
    by_repo = ranked.set_index("repo")
    assert set(ranked["repo"]) == {"acme/one", "acme/two"}
    for repository in simulator.world.repositories.values():
        issues = [
            pd.Timestamp(i["created_at"])
            for i in repository.issues
            if i["state"] == "open" and "pull_request" not in i
        ]
        assert by_repo.loc[repository.full_name, "open_issues"] == len(issues)
        assert by_repo.loc[repository.full_name, "oldest_created_at"] == min(issues)
    event = materialisations(result, "leaderboard")["None"]
    assert event.metadata["dagster/row_count"].value == 2
    assert "acme/one" in str(event.metadata["leaderboard"].value)
    assert any("2 of 3 repositories" in said for said in messages(instance, result))
    found = Tables(Files(settings.warehouse)).find(LEADERBOARD, None)
    assert found is not None
    pd.testing.assert_frame_equal(found, ranked)


def test_an_empty_warehouse_gives_an_empty_table(
    settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    settings = settings_for(ONE.full_name)
    result = by_hand(settings, instance, ["leaderboard"])
    assert result.success
    assert len(stored(settings)) == 0
    assert stored(settings).columns.tolist() == LEADERBOARD.names
    assert any("0 of 1 repositories have statis" in said for said in messages(instance, result))


WARNINGS = {
    REPO_HISTORY.name: "Growth is told without what cannot be read: ",
    OPEN_ISSUES.name: "The age of issues is told without what cannot be read: ",
    REPO_STATISTICS.name: "acme/one has no place: ",
}


@pytest.mark.parametrize("damaged", [REPO_HISTORY, OPEN_ISSUES, REPO_STATISTICS])
def test_a_damaged_file_costs_what_it_tells_and_is_named(
    first_run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    damaged: TableSchema,
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name)
    first_run(settings)
    (Path(settings.warehouse) / damaged.name / "acme" / "one.parquet").write_bytes(b"damaged")
    result = by_hand(settings, instance, ["leaderboard"])
    assert result.success
    places = {"acme/two"} if damaged is REPO_STATISTICS else {"acme/one", "acme/two"}
    assert set(stored(settings)["repo"]) == places
    [said] = [said for said in messages(instance, result) if "acme/one.parquet is damaged" in said]
    assert said.startswith(WARNINGS[damaged.name])


def test_it_can_be_part_of_a_run_over_repositories(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name)
    first_run(settings)
    names = ("repo_statistics", "repo_history", "issue_backlog", "leaderboard")
    result = by_hand(settings, instance, names, *settings.repos)
    assert result.success
    assert {name: set(materialisations(result, name)) for name in names} == {
        **{name: set(settings.repos) for name in names},
        "leaderboard": {"None"},
    }
