"""What was never read is tried by schedules and sensors without a failed run."""

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import checks, failure, findings, observed

GOOD = Shape("acme/good", 30, 4)

ITEMS = ("issues",)
"""The asset of all items: what is made of them shows nothing more."""

NEW = {"repo_stats/reason": "new in the watchlist"}
"""A tag of runs that a sensor has started."""


def test_what_was_never_read_is_tried_by_itself_without_a_failed_run(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(GOOD)
    settings = settings_for(GOOD.full_name, "acme/nobody", REPO_STATS_MAX_AGE="0")
    assert first_run(settings, partition_key=GOOD.full_name).success
    tried = run(settings, partition_key="acme/nobody", tags=NEW)
    assert tried.success
    for asset in ("repo_metadata", "open_issues"):
        stale = observed(tried, asset, "acme/nobody")["stale"]
        assert stale.startswith("GitHub knows no repository acme/nobody")
        assert findings(tried, f"{asset}.refreshed") == {"acme/nobody": stale}
    assert checks(tried)["repo_statistics.recent"]
    assert not any(event.is_step_materialization for event in tried.all_events)


def test_a_history_that_was_never_read_is_tried_by_itself_without_a_failed_run(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(GOOD)
    settings = settings_for("acme/nobody", REPO_STATS_HISTORY="acme/nobody")
    tried = first_run(settings, "refresh_history", tags=NEW)
    assert tried.success
    assert findings(tried, "issues.refreshed") == {
        "acme/nobody": observed(tried, "issues", "acme/nobody")["stale"]
    }
    assert not run(settings, "refresh_history").success


REPEATED = {**NEW, "dagster/parent_run_id": "run"}
"""The tags of a run that a sensor has started and somebody repeats."""


def test_a_history_that_was_never_read_of_a_repository_that_was_leads_to_no_failed_run(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(GOOD)
    settings = settings_for(
        GOOD.full_name, REPO_STATS_MAX_AGE="0", REPO_STATS_HISTORY=GOOD.full_name
    )
    assert first_run(settings).success
    find_repository(simulator, GOOD.full_name).trouble = Trouble.LIST_GONE
    for _ in range(2):
        tried = run(settings, "refresh_history", tags=NEW, select=ITEMS)
        assert tried.success
        gone = "GitHub says that the issues of acme/good are gone"
        [reason] = findings(tried, "issues.refreshed").values()
        assert reason.startswith(gone)
        assert observed(tried, "issues", GOOD.full_name)["stale"] == reason
    for tags in ({}, REPEATED):
        assert failure(run(settings, "refresh_history", tags=tags, select=ITEMS)).startswith(gone)
    find_repository(simulator, GOOD.full_name).trouble = Trouble.FINE
    assert checks(run(settings, "refresh_history", tags=NEW, select=ITEMS))["issues.refreshed"]
    find_repository(simulator, GOOD.full_name).trouble = Trouble.LIST_GONE
    assert failure(run(settings, "refresh_history", tags=NEW, select=ITEMS)).startswith(gone)


def test_a_try_that_somebody_repeats_fails_and_says_why(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate()
    settings = settings_for("acme/nobody")
    assert "GitHub knows no repository" in failure(first_run(settings, tags=REPEATED))
    assert run(settings, tags={**REPEATED, "dagster/retry_number": "1"}).success


def test_a_run_that_a_sensor_started_fails_if_all_that_was_read_before_cannot_be_read(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(GOOD)
    settings = settings_for(GOOD.full_name, "acme/nobody", REPO_STATS_MAX_AGE="0")
    first_run(settings)
    find_repository(simulator, GOOD.full_name).trouble = Trouble.MISSING
    result = run(settings, tags=NEW)
    assert failure(result).count("GitHub knows no repository") == 2
