"""The asset `watched_repositories`: what it records, and what it does when a list fails."""

from pathlib import Path

import dagster as dg
import pytest

from repo_stats.alerts.rules import find_failures, find_recoveries
from repo_stats.config.settings import Settings, load_settings
from repo_stats.defs.assets.watched_repositories import describe_changes
from repo_stats.defs.jobs import RESOLVE_WATCHLIST
from repo_stats.defs.sensors.ended_runs import describe_run
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.stored_lists import StoredLists
from repo_stats_tests.helpers.fixture_types import Run, Simulate
from repo_stats_tests.helpers.runs import failure, findings, messages, metadata

WATCHLIST = """
repos:
  - x/y
  - org: acme
  - user: ada
"""

SHAPES = (
    Shape("acme/a", 0, 0, 0),
    Shape("acme/b", 0, 0, 0),
    Shape("ada/notes", 0, 0, 0, owner_type="User"),
)


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    return simulate(*SHAPES)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST)
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "warehouse"))
    return load_settings()


def watched(settings: Settings) -> list[str]:
    rows = StoredLists(Tables(Files(settings.warehouse))).find_watched()
    return [row.repo for row in rows if row.is_watched]


def test_it_records_what_is_watched_what_came_and_what_left(
    run: Run, simulator: Simulator, settings: Settings, instance: dg.DagsterInstance
) -> None:
    first = run(settings, RESOLVE_WATCHLIST)
    assert first.success
    assert watched(settings) == ["x/y", "acme/a", "acme/b", "ada/notes"]
    facts = metadata(first, "watched_repositories", "None")
    assert (facts["watched"], facts["entered"], facts["left"]) == (4, 4, 0)
    assert facts["names_entered"] == "acme/a, acme/b, ada/notes and 1 more"
    assert (facts["run_requests"], facts["run_charged"]) == (2, 2)
    assert facts["dagster/uri"].endswith("watched_repositories.parquet")
    mutate(simulator.world, Mutation(MutationKind.CREATE, 1, repo="acme/a"), None, 0)
    mutate(simulator.world, Mutation(MutationKind.MOVE_AWAY, 1, repo="acme/b"), None, 0)
    second = run(settings, RESOLVE_WATCHLIST)
    facts = metadata(second, "watched_repositories", "None")
    assert (facts["watched"], facts["entered"], facts["left"]) == (4, 1, 1)
    assert (facts["names_entered"], facts["names_left"]) == ("acme/a-2", "acme/b")
    assert facts["dagster/row_count"] == 5
    said = "4 repositories are watched; new: acme/a-2; left: acme/b."
    assert said in messages(instance, second)
    third = metadata(run(settings, RESOLVE_WATCHLIST), "watched_repositories", "None")
    assert (third["entered"], third["left"]) == (0, 0)
    assert third.keys().isdisjoint({"names_entered", "names_left", "warnings"})
    assert third["content_hash"] == facts["content_hash"]
    assert facts["content_hash"] != metadata(first, "watched_repositories", "None")["content_hash"]


def test_a_list_that_cannot_be_read_hides_no_other_and_leads_to_one_alert_until_it_is_read(
    run: Run, simulator: Simulator, settings: Settings, instance: dg.DagsterInstance
) -> None:
    run(settings, RESOLVE_WATCHLIST)
    [notes] = [r for r in simulator.world.repositories.values() if r.full_name == "ada/notes"]
    del simulator.world.repositories[notes.id]
    mutate(simulator.world, Mutation(MutationKind.CREATE, 1, repo="acme/a"), None, 0)
    failed = run(settings, RESOLVE_WATCHLIST)
    assert failed.success
    assert watched(settings) == ["x/y", "acme/a", "acme/a-2", "acme/b", "ada/notes"]
    facts = metadata(failed, "watched_repositories", "None")
    assert facts["names_entered"] == "acme/a-2"
    [warning] = facts["warnings"].split("\n")
    assert warning.startswith("- watchlist.yaml, line 5: ")
    found = findings(failed, "watched_repositories.refreshed")
    assert list(found) == ["user: ada"]
    failing, [alert] = find_failures({}, describe_run(instance, failed.dagster_run, ["x/y"]))
    assert alert.text == f"user: ada is stale: {found['user: ada']}"
    again = describe_run(instance, run(settings, RESOLVE_WATCHLIST).dagster_run, ["x/y"])
    assert find_failures(failing, again) == (failing, [])
    simulator.world.repositories[notes.id] = notes
    passed = describe_run(instance, run(settings, RESOLVE_WATCHLIST).dagster_run, ["x/y"])
    after, [recovery] = find_recoveries(failing, passed)
    assert recovery.text == "user: ada is refreshed again."
    assert after == {}


def test_a_watchlist_that_brings_in_nothing_fails_in_a_sentence(
    run: Run, simulator: Simulator, settings: Settings, tmp_path: Path
) -> None:
    run(settings, RESOLVE_WATCHLIST)
    (tmp_path / "watchlist.yaml").write_text("repos: [{org: acme, min_stars: 1000}]")
    result = run(settings, RESOLVE_WATCHLIST)
    assert failure(result) == (
        "watchlist.yaml, line 1: 'org: acme' brings in none of its repositories (2 below 1000 "
        "stars); change what it leaves out, or remove it."
    )
    assert watched(settings) == ["x/y", "acme/a", "acme/b", "ada/notes"]


def test_a_refresh_of_nothing_says_so(run: Run, simulator: Simulator, settings: Settings) -> None:
    result = run(settings.model_copy(update={"repos": ()}), "refresh_watchlist")
    assert not result.success
    reasons = {
        str(event.step_failure_data.user_failure_data.description)
        for event in result.all_events
        if event.is_step_failure and event.step_failure_data.user_failure_data
    }
    assert reasons == {
        "Nothing is watched: no list that the watchlist names has brought in a repository yet. "
        "`repo-stats watch` says what the watchlist has."
    }


@pytest.mark.parametrize(
    ("count", "entered", "left", "said"),
    [
        (1, [], [], "1 repository is watched."),
        (2, ["a/a"], [], "2 repositories are watched; new: a/a."),
        (0, [], ["a/a", "b/b"], "0 repositories are watched; left: a/a, b/b."),
    ],
)
def test_what_changed_is_told(count: int, entered: list[str], left: list[str], said: str) -> None:
    assert describe_changes(count, entered, left) == said
