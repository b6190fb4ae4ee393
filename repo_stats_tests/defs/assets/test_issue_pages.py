"""The pages of the lists as partitions: added, retired, and materialised by hand."""

from pathlib import Path

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.instances import ephemeral_instance
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import failure, materialisations, table
from repo_stats_tests.helpers.shared_jobs import find_job_of_the_ui

SMALL = Shape("acme/small", 30, 4)

MIDDLE = Shape("acme/middle", 150, 9)

LISTED = ("repo_metadata", "open_issues")
"""The assets whose steps have to do with pages."""


def test_pages_that_no_longer_exist_are_retired(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(Shape("acme/shrinking", 250, 9), SMALL)
    settings = settings_for("acme/shrinking", SMALL.full_name, REPO_STATS_MAX_AGE="0")
    run(settings, select=LISTED)
    assert len(instance.get_dynamic_partitions("issue_page")) == 4
    shrinking = find_repository(simulator, "acme/shrinking")
    for issue in shrinking.issues[:200]:
        issue["state"] = "closed"
    run(settings, select=LISTED)
    left = len([issue for issue in shrinking.issues if issue["state"] == "open"])
    assert left < 100
    assert set(instance.get_dynamic_partitions("issue_page")) == {
        "acme/shrinking/0001",
        "acme/small/0001",
    }
    folder = Path(settings.warehouse) / "issue_pages" / "acme" / "shrinking"
    assert [path.name for path in folder.iterdir()] == ["0001.parquet"]
    assert len(table(settings, "open_issues", "acme/shrinking")) == left


def test_pages_without_a_partition_get_one_without_a_request(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
) -> None:
    simulator = simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name)
    first_run(settings)
    instance.delete_dynamic_partition("issue_page", "acme/middle/0002")
    simulator.log.clear()
    again = run(settings, select=LISTED)
    assert simulator.log == []
    assert list(materialisations(again, "issue_pages")) == ["acme/middle/0002"]
    assert instance.has_dynamic_partition("issue_page", "acme/middle/0002")


def test_a_page_recorded_in_another_history_is_recorded_in_this_one(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SMALL)
    settings = settings_for(SMALL.full_name)
    first_run(settings, select=LISTED)
    repository = find_repository(simulator, SMALL.full_name)
    next(i for i in repository.issues if i["state"] == "open")["title"] = "another title"
    with ephemeral_instance() as elsewhere:
        assert run(settings, force=True, select=LISTED, instance=elsewhere).success
    simulator.log.clear()
    here = run(settings, select=LISTED)
    assert simulator.log == []
    assert list(materialisations(here, "issue_pages")) == ["acme/small/0001"]
    assert list(materialisations(run(settings, select=LISTED), "issue_pages")) == []


def materialise_pages(
    settings: Settings, instance: dg.DagsterInstance, *keys: str
) -> dg.ExecuteInProcessResult:
    """Materialise a page, or those from one page to another."""
    job = find_job_of_the_ui(settings)
    return job.execute_in_process(
        instance=instance,
        tags={
            "dagster/asset_partition_range_start": keys[0],
            "dagster/asset_partition_range_end": keys[-1],
        },
        asset_selection=[dg.AssetKey("issue_pages")],
        raise_on_error=False,
    )


def test_a_page_materialised_by_hand_is_fetched_only_if_it_has_to_be(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(SMALL, MIDDLE)
    settings = settings_for(SMALL.full_name, MIDDLE.full_name)
    first_run(settings)
    simulator.log.clear()
    fresh = materialise_pages(settings, instance, "acme/middle/0002")
    assert fresh.success
    assert simulator.log == []
    assert materialisations(fresh, "issue_pages") == {}
    (Path(settings.warehouse) / "issue_pages" / "acme" / "middle" / "0002.parquet").unlink()
    fetched = materialise_pages(settings, instance, "acme/middle/0002")
    assert [request.status for request in simulator.log] == [200]
    assert list(materialisations(fetched, "issue_pages")) == ["acme/middle/0002"]


def test_a_page_past_what_numbers_reach_says_what_to_materialise_instead(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(Shape("acme/long", 30, 3), page_cap=20)
    settings = settings_for("acme/long", REPO_STATS_PER_PAGE="10")
    assert run(settings, select=LISTED).success
    instance.add_dynamic_partitions("issue_page", ["acme/long/0003"])
    result = materialise_pages(settings, instance, "acme/long/0003")
    assert "Page acme/long/0003 is past what page numbers reach" in failure(result)


def test_a_page_of_a_repository_never_refreshed_says_so(
    simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(SMALL)
    instance.add_dynamic_partitions("issue_page", ["acme/small/0001"])
    result = materialise_pages(settings_for(SMALL.full_name), instance, "acme/small/0001")
    assert "repo_metadata of acme/small has not been materialised yet" in failure(result)


def test_a_damaged_row_of_one_repository_keeps_no_page_of_another_from_being_read(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(SMALL, MIDDLE)
    settings = settings_for(SMALL.full_name, MIDDLE.full_name)
    first_run(settings)
    warehouse = Path(settings.warehouse)
    (warehouse / "issue_pages" / "acme" / "middle" / "0002.parquet").unlink()
    damaged = warehouse / "repo_metadata" / "acme" / "small.parquet"
    damaged.write_bytes(b"damaged")
    result = materialise_pages(settings, instance, *instance.get_dynamic_partitions("issue_page"))
    latest = instance.get_latest_materialization_event(dg.AssetKey("issue_pages"))
    assert latest is not None
    assert latest.asset_materialization is not None
    assert (latest.run_id, latest.asset_materialization.partition) == (
        result.run_id,
        "acme/middle/0002",
    )
    assert failure(result).startswith(f"{damaged} is damaged")


@pytest.mark.parametrize("key", [long("nonsense"), "acme/small/1"])
def test_a_made_up_partition_is_refused_and_hinders_no_refresh(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    key: str,
) -> None:
    simulate(SMALL)
    settings = settings_for(SMALL.full_name)
    instance.add_dynamic_partitions("issue_page", [key])
    result = materialise_pages(settings, instance, key)
    assert failure(result).startswith(f"{key!r} is no page of a list; write owner/name/0001")
    assert run(settings, select=LISTED).success
