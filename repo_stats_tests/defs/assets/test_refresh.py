"""A whole refresh, run in this process against a simulated GitHub in this process."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import (
    failure,
    materialisations,
    metadata,
    table,
    table_files,
)
from repo_stats_tests.helpers.star_requests import count_star_pages, without_stars

SMALL = Shape("acme/small", 30, 4)

MIDDLE = Shape("acme/middle", 150, 9)

EMPTY = Shape("acme/empty", 0, 0)


def test_the_tables_hold_what_github_holds(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL, MIDDLE, EMPTY)
    settings = settings_for(*(shape.full_name for shape in (SMALL, MIDDLE, EMPTY)))
    assert run(settings).success
    for repository in simulator.world.repositories.values():
        stored = table(settings, "open_issues", repository.full_name)
        opened = {i["id"] for i in repository.issues if i["state"] == "open"}
        assert set(stored["id"]) == opened
        assert stored["id"].is_unique
        assert set(stored["repo_id"]) <= {repository.id}
        assert set(stored["repo"]) <= {repository.full_name}
        per_user = table(settings, "issues_per_user", repository.full_name)
        assert per_user["open_items"].sum() == len(opened)
    exact = {
        shape.full_name: table(settings, "repo_statistics", shape.full_name)["is_exact"].item()
        for shape in (SMALL, MIDDLE, EMPTY)
    }
    assert exact == {"acme/small": True, "acme/middle": True, "acme/empty": True}


def test_a_run_right_after_a_run_sends_no_request_and_changes_nothing(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL, MIDDLE)
    settings = settings_for(SMALL.full_name, MIDDLE.full_name)
    first = first_run(settings)
    simulator.log.clear()
    second = run(settings)
    assert simulator.log == []
    for asset in ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics"):
        [repo] = materialisations(second, asset)
        before, after = metadata(first, asset, repo), metadata(second, asset, repo)
        assert before["content_hash"] == after["content_hash"]
    steps = {event.step_key for event in second.all_events if event.is_step_success}
    assert not any("fetch_pages" in str(step) for step in steps)
    assert materialisations(second, "issue_pages") == {}


def data_versions(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, str]:
    """The data versions that a run recorded for an asset, by partition."""
    recorded = materialisations(result, asset)
    return {key: (m.tags or {})["dagster/data_version"] for key, m in recorded.items()}


def test_past_the_maximum_age_a_quiet_repository_is_charged_one_request(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL, MIDDLE)
    names = (SMALL.full_name, MIDDLE.full_name)
    first = first_run(settings_for(*names))
    simulator.log.clear()
    second = run(settings_for(*names, REPO_STATS_MAX_AGE="0"))
    assert second.success
    assert sum(request.charged for request in simulator.log) == 2
    assert sorted(request.status for request in simulator.log) == [200, 200, 304, 304, 304]
    assert materialisations(second, "issue_pages") == {}
    for asset in ("open_issues", "repo_statistics"):
        before, after = data_versions(first, asset), data_versions(second, asset)
        assert before.keys() == {SMALL.full_name, MIDDLE.full_name}
        assert len(after) == 1, "one for each asset is enough"
        assert after.items() <= before.items()
    [(repo, made)] = materialisations(second, "open_issues").items()
    pages = {SMALL.full_name: 1, MIDDLE.full_name: 2}[repo]
    outcomes = ("pages_fetched", "pages_unchanged", "pages_fresh")
    assert [made.metadata[name].value for name in outcomes] == [0, pages, 0]


def test_force_fetches_everything_and_finds_the_same(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    variables = {"REPO_STATS_MAX_AGE": "0", "REPO_STATS_MAX_WAIT": "0"}
    settings = settings_for(MIDDLE.full_name, **variables)
    simulator = simulate(MIDDLE)
    first_run(settings)
    simulator.log.clear()
    forced = run(settings, force=True)
    others = without_stars(simulator.log)
    assert [request.status for request in others] == [200, 200, 200]
    pages = count_star_pages(simulator, MIDDLE.full_name)
    assert len(simulator.log) - len(others) == pages
    assert materialisations(forced, "issue_pages") == {}


def test_a_warehouse_that_cannot_be_written_fails_with_one_plain_sentence(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(SMALL)
    settings = settings_for(SMALL.full_name)
    Path(settings.warehouse).write_text("a file where the folder should be")
    result = run(settings)
    assert "repo_metadata/acme/small.parquet cannot be written (" in failure(result)
    assert "Check REPO_STATS_WAREHOUSE" in failure(result)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "GitHub knows no repository acme/nobody, or GITHUB_TOKEN may not read it"),
        ({"tokens": frozenset({"x"})}, "GitHub does not accept GITHUB_TOKEN"),
        (
            {"faults": [Fault(FaultKind.SECONDARY, 1, 9)]},
            "GitHub's secondary rate limit stopped acme/nobody until",
        ),
    ],
)
def test_what_cannot_be_read_fails_at_once_with_one_plain_sentence(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    options: dict[str, Any],
    reason: str,
) -> None:
    shapes = [Shape("acme/nobody", 3, 1)] if "faults" in options else []
    simulate(*shapes, **options)
    settings = settings_for("acme/nobody", REPO_STATS_MAX_WAIT="0")
    result = run(settings)
    assert not result.success
    assert failure(result).startswith(reason)
    assert "\n" not in failure(result)
    assert not any(event.is_step_up_for_retry for event in result.all_events)
    assert not list(Path(settings.warehouse).rglob("*.parquet"))


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/repos/", {"repo_metadata", "open_issues", "issues_per_user", "repo_statistics"}),
        ("/issues", {"open_issues", "issues_per_user", "repo_statistics"}),
    ],
)
def test_a_failed_step_and_those_after_it_leave_their_tables_as_they_were(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    path: str,
    kept: set[str],
) -> None:
    variables = {"REPO_STATS_MAX_AGE": "0", "REPO_STATS_MAX_WAIT": "0"}
    settings = settings_for(MIDDLE.full_name, **variables)
    simulator = simulate(MIDDLE)
    assert first_run(settings).success
    before = {file: file.read_bytes() for file in table_files(settings, kept)}
    assert len(before) == len(kept)
    [repository] = simulator.world.repositories.values()
    repository.issues.clear()
    broken = simulate(faults=[Fault(FaultKind.SECONDARY, 1, 99, path)])
    broken.world = simulator.world
    assert not run(settings).success
    assert {file: file.read_bytes() for file in table_files(settings, kept)} == before


def test_one_repository_of_the_watchlist_can_be_refreshed_alone(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL, MIDDLE)
    settings = settings_for(SMALL.full_name, MIDDLE.full_name)
    result = run(settings, "refresh_repo", partition_key=MIDDLE.full_name)
    assert result.success
    assert not any("small" in request.target for request in simulator.log)
    assert list(materialisations(result, "repo_statistics")) == [MIDDLE.full_name]


def test_metadata_that_plots_is_on_every_partition(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name)
    result = first_run(settings)
    repo = MIDDLE.full_name
    described = metadata(result, "repo_metadata", repo)
    assert (described["stars"], described["forks"], described["open_issues_count"]) == (
        120,
        12,
        150,
    )
    assert (described["requests"], described["remaining_quota"]) == (1, 4999)
    listed = metadata(result, "open_issues", repo)
    assert (listed["open_items"], listed["pages"], listed["pages_fetched"]) == (150, 2, 2)
    assert (listed["pages_asked"], listed["run_requests"], listed["run_charged"]) == (2, 3, 2)
    assert (listed["is_exact"], listed["rounds"], listed["changes_seen"]) == (True, 1, 0)
    assert listed["dagster/partition_row_count"] == 150
    assert listed["dagster/uri"].endswith("open_issues/acme/middle.parquet")
    assert metadata(result, "issues_per_user", repo)["users"] == 9
    counted = metadata(result, "repo_statistics", repo)
    assert counted["average_open_issues_per_user"] == pytest.approx(150 / 9)
