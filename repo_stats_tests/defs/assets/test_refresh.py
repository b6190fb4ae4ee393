"""The assets, run in this process against a simulated GitHub in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.definitions import build_defs
from repo_stats.defs.resources import github_resource
from repo_stats.defs.steps.materializations import combine_hashes
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import PREFECT, Shape
from repo_stats.simulator.recorded import load_recorded
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests import conftest
from repo_stats_tests.helpers.github import API_URL, TOKEN, InProcessGitHub
from repo_stats_tests.helpers.recorded import RECORDED
from repo_stats_tests.helpers.runs import (
    failure,
    materialisations,
    messages,
    metadata,
    table,
    table_files,
)

SMALL = Shape("acme/small", 30, 4)


MIDDLE = Shape("acme/middle", 150, 9)


EMPTY = Shape("acme/empty", 0, 0)


Run = Callable[..., dg.ExecuteInProcessResult]


Simulate = Callable[..., Simulator]


SettingsFor = Callable[..., Settings]


def test_the_default_repository_has_the_statistics_of_the_tutorial(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(PREFECT)
    settings = settings_for(PREFECT.full_name)
    result = run(settings)
    assert result.success
    [row] = table(settings, "repo_statistics", PREFECT.full_name).to_dict("records")
    assert (row["stars"], row["forks"], row["open_items"], row["users"]) == (12159, 1251, 591, 260)
    assert row["average_open_issues_per_user"] == pytest.approx(591 / 260)
    said = [message for message in messages(instance, result) if "📊" in message]
    assert said == [
        "PrefectHQ/prefect repository statistics 📊:\nStars 🌟 : 12159\nForks 🍴 : 1251\n"
        "Average open issues per user 🐛 : 2.27"
    ]


@pytest.mark.skipif(not RECORDED.exists(), reason="needs recorded API objects in ../shared")
def test_recorded_objects_have_the_statistics_counted_from_them(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate().world = World.of([load_recorded(RECORDED)])
    settings = settings_for("rails/rails")
    assert run(settings).success
    [row] = table(settings, "repo_statistics", "rails/rails").to_dict("records")
    assert (row["open_items"], row["open_issues"], row["open_pull_requests"]) == (117, 48, 69)
    assert row["users"] == 92
    assert row["average_open_issues_per_user"] == pytest.approx(1.2717391304)
    without = row["average_open_issues_per_user_without_pull_requests"]
    assert without == pytest.approx(1.0434782609)


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
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL, MIDDLE)
    settings = settings_for(SMALL.full_name, MIDDLE.full_name)
    first = run(settings)
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


def test_past_the_maximum_age_a_quiet_repository_is_charged_one_request(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL, MIDDLE)
    settings = settings_for(SMALL.full_name, MIDDLE.full_name, REPO_STATS_MAX_AGE="0")
    first = run(settings)
    simulator.log.clear()
    second = run(settings)
    assert second.success
    assert sum(request.charged for request in simulator.log) == 2
    assert sorted(request.status for request in simulator.log) == [200, 200, 304, 304, 304]
    assert materialisations(second, "issue_pages") == {}
    for asset in ("open_issues", "repo_statistics"):
        versions = [
            {key: m.tags["dagster/data_version"] for key, m in materialisations(r, asset).items()}
            for r in (first, second)
        ]
        assert versions[1].items() <= versions[0].items()
    numbers = metadata(second, "open_issues", SMALL.full_name)
    assert (numbers["pages_fetched"], numbers["pages_unchanged"], numbers["pages_fresh"]) == (
        *(0, 1, 0),
    )


def test_a_change_gives_a_new_version_and_one_page_materialisation(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name, REPO_STATS_MAX_AGE="0")
    before = run(settings)
    assert sorted(materialisations(before, "issue_pages")) == [
        "acme/middle/0001",
        "acme/middle/0002",
    ]
    [repository] = simulator.world.repositories.values()
    opened = [issue for issue in repository.issues if issue["state"] == "open"]
    max(opened, key=lambda issue: issue["created_at"])["title"] = "another title"
    after = run(settings)
    assert list(materialisations(after, "issue_pages")) == ["acme/middle/0002"]
    hashes = [metadata(r, "open_issues", MIDDLE.full_name)["content_hash"] for r in (before, after)]
    assert hashes[0] != hashes[1]
    assert "another title" in set(table(settings, "open_issues", MIDDLE.full_name)["title"])


def test_force_fetches_everything_and_finds_the_same(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name)
    run(settings)
    simulator.log.clear()
    forced = run(settings, force=True)
    assert [request.status for request in simulator.log] == [200, 200, 200]
    assert materialisations(forced, "issue_pages") == {}


def test_pages_that_no_longer_exist_are_retired(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(Shape("acme/shrinking", 250, 9), SMALL)
    settings = settings_for("acme/shrinking", SMALL.full_name, REPO_STATS_MAX_AGE="0")
    run(settings)
    assert len(instance.get_dynamic_partitions("issue_page")) == 4
    for issue in simulator.world.find("acme/shrinking").issues[:200]:
        issue["state"] = "closed"
    run(settings)
    left = len([i for i in simulator.world.find("acme/shrinking").issues if i["state"] == "open"])
    assert left < 100
    assert set(instance.get_dynamic_partitions("issue_page")) == {
        "acme/shrinking/0001",
        "acme/small/0001",
    }
    folder = Path(settings.warehouse) / "issue_pages" / "acme" / "shrinking"
    assert [path.name for path in folder.iterdir()] == ["0001.parquet"]
    assert len(table(settings, "open_issues", "acme/shrinking")) == left


def test_pages_without_a_partition_get_one_without_a_request(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name)
    run(settings)
    instance.delete_dynamic_partition("issue_page", "acme/middle/0002")
    simulator.log.clear()
    again = run(settings)
    assert simulator.log == []
    assert list(materialisations(again, "issue_pages")) == ["acme/middle/0002"]
    assert instance.has_dynamic_partition("issue_page", "acme/middle/0002")


def materialise_page(settings: Settings, instance: dg.DagsterInstance, key: str) -> Any:
    github = InProcessGitHub(**github_resource(settings).model_dump())
    defs = build_defs(settings, github=github, executor=dg.in_process_executor)
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance,
        partition_key=key,
        asset_selection=[dg.AssetKey("issue_pages")],
        raise_on_error=False,
    )


def test_a_page_can_be_materialised_by_hand_and_is_memoised_the_same_way(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name)
    run(settings)
    simulator.log.clear()
    fresh = materialise_page(settings, instance, "acme/middle/0002")
    assert fresh.success
    assert simulator.log == []
    assert materialisations(fresh, "issue_pages") == {}
    (Path(settings.warehouse) / "issue_pages" / "acme" / "middle" / "0002.parquet").unlink()
    fetched = materialise_page(settings, instance, "acme/middle/0002")
    assert [request.status for request in simulator.log] == [200]
    assert list(materialisations(fetched, "issue_pages")) == ["acme/middle/0002"]


def test_a_page_past_what_numbers_reach_says_what_to_materialise_instead(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(Shape("acme/long", 30, 3), page_cap=20)
    settings = settings_for("acme/long", REPO_STATS_PER_PAGE="10")
    assert run(settings).success
    instance.add_dynamic_partitions("issue_page", ["acme/long/0003"])
    result = materialise_page(settings, instance, "acme/long/0003")
    assert "Page acme/long/0003 is past what page numbers reach" in failure(result)


def test_a_page_of_a_repository_never_refreshed_says_so(
    simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(SMALL)
    instance.add_dynamic_partitions("issue_page", ["acme/small/0001"])
    result = materialise_page(settings_for(SMALL.full_name), instance, "acme/small/0001")
    assert "repo_metadata of acme/small has not been materialised yet" in failure(result)


@pytest.mark.parametrize("key", ["nonsense", "acme/small/1"])
def test_a_partition_that_somebody_made_up_is_refused_and_hinders_no_refresh(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    key: str,
) -> None:
    simulate(SMALL)
    settings = settings_for(SMALL.full_name)
    instance.add_dynamic_partitions("issue_page", [key])
    result = materialise_page(settings, instance, key)
    assert failure(result).startswith(f"{key!r} is no page of a list; write owner/name/0001")
    assert run(settings).success


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
    ("options", "says"),
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
    says: str,
) -> None:
    shapes = [Shape("acme/nobody", 3, 1)] if "faults" in options else []
    simulate(*shapes, **options)
    result = run(settings_for("acme/nobody", REPO_STATS_MAX_WAIT="0"))
    assert not result.success
    assert failure(result).startswith(says)
    assert "\n" not in failure(result)
    assert not any(event.is_step_up_for_retry for event in result.all_events)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/repos/", {"repo_metadata", "open_issues", "issues_per_user", "repo_statistics"}),
        ("/issues", {"open_issues", "issues_per_user", "repo_statistics"}),
    ],
)
def test_a_failed_step_and_those_after_it_leave_their_tables_as_they_were(
    run: Run, simulate: Simulate, settings_for: SettingsFor, path: str, kept: set[str]
) -> None:
    variables = {"REPO_STATS_MAX_AGE": "0", "REPO_STATS_MAX_WAIT": "0"}
    settings = settings_for(MIDDLE.full_name, **variables)
    simulator = simulate(MIDDLE)
    assert run(settings).success
    before = {file: file.read_bytes() for file in table_files(settings, kept)}
    assert len(before) == len(kept)
    [repository] = simulator.world.repositories.values()
    repository.issues.clear()
    broken = simulate(faults=[Fault(FaultKind.SECONDARY, 1, 99, path)])
    broken.world = simulator.world
    assert not run(settings).success
    assert {file: file.read_bytes() for file in table_files(settings, kept)} == before


def test_an_empty_answer_for_a_list_that_is_not_empty_is_not_believed(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    settings = settings_for(MIDDLE.full_name, REPO_STATS_MAX_AGE="0")
    simulate(MIDDLE)
    assert run(settings).success
    simulate(MIDDLE, faults=[Fault(FaultKind.EMPTY_LIST, 1, path="&page=1")])
    assert run(settings).success
    assert len(table(settings, "open_issues", MIDDLE.full_name)) == 150


def test_a_page_recorded_in_another_history_is_recorded_in_this_one(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(SMALL)
    settings = settings_for(SMALL.full_name)
    run(settings)
    [repository] = simulator.world.repositories.values()
    next(i for i in repository.issues if i["state"] == "open")["title"] = "another title"
    github = InProcessGitHub(**github_resource(settings).model_dump())
    defs = build_defs(settings, github=github, executor=dg.in_process_executor)
    with dg.DagsterInstance.ephemeral() as elsewhere:
        config = {"resources": {"refresh": {"config": {"force": True}}}}
        job = defs.resolve_job_def("refresh_watchlist")
        assert job.execute_in_process(instance=elsewhere, run_config=config).success
    simulator.log.clear()
    here = run(settings)
    assert simulator.log == []
    assert list(materialisations(here, "issue_pages")) == ["acme/small/0001"]
    assert list(materialisations(run(settings), "issue_pages")) == []


def test_a_renamed_repository_goes_on_under_its_old_name_with_a_warning(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(SMALL)
    simulator.world.rename("acme/small", "acme/large")
    settings = settings_for("acme/small")
    result = run(settings)
    assert result.success
    assert len(table(settings, "open_issues", "acme/small")) == 30
    assert table(settings, "repo_metadata", "acme/small")["full_name"].item() == "acme/large"
    warnings = [message for message in messages(instance, result) if "by now" in message]
    assert warnings == [
        "acme/small is called acme/large by now; its statistics go on under the old name until "
        "you change it in the watchlist."
    ]


def test_one_repository_of_the_watchlist_can_be_refreshed_alone(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL, MIDDLE)
    settings = settings_for(SMALL.full_name, MIDDLE.full_name)
    result = run(settings, "refresh_repo", partition_key=MIDDLE.full_name)
    assert result.success
    assert not any("small" in request.target for request in simulator.log)
    assert list(materialisations(result, "repo_statistics")) == [MIDDLE.full_name]


def test_without_a_token_everything_works_and_is_charged(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    simulator = simulate(SMALL)
    settings = settings_for(SMALL.full_name, REPO_STATS_MAX_AGE="0")
    run(settings)
    assert run(settings).success
    assert [request.status for request in simulator.log] == [200, 200, 200, 304]
    assert all(request.charged for request in simulator.log)


def test_metadata_that_plots_is_on_every_partition(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name)
    result = run(settings)
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


def test_the_token_is_in_no_event_and_no_file(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(SMALL, tokens=frozenset({TOKEN}))
    settings = settings_for(SMALL.full_name)
    result = run(settings)
    assert result.success
    assert conftest._simulators[API_URL].log[0].token == TOKEN
    events = json.dumps([dg.serialize_value(entry) for entry in instance.all_logs(result.run_id)])
    run_record = instance.get_run_by_id(result.run_id)
    assert TOKEN not in events
    assert TOKEN not in dg.serialize_value(run_record)
    for path in Path(settings.warehouse).rglob("*.parquet"):
        assert TOKEN.encode() not in path.read_bytes()


def test_the_token_is_not_sent_to_an_api_that_a_run_was_given_in_its_configuration(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REPO_STATS_API_URL", "https://api.github.com")
    simulator = simulate(SMALL)
    result = run(settings_for(SMALL.full_name))
    assert {request.token for request in simulator.log} == {None}
    said = "GITHUB_TOKEN is not sent to http://simulated, which it was not set for."
    assert said in messages(instance, result)


def test_the_version_of_one_content_is_its_hash_and_of_several_depends_on_all() -> None:
    assert combine_hashes({"a/b": "1"}) == "1"
    both = combine_hashes({"a/b": "1", "c/d": "2"})
    assert both == combine_hashes({"c/d": "2", "a/b": "1"})
    assert both != combine_hashes({"a/b": "2", "c/d": "1"})
