"""The statistics of a repository are those that GitHub's objects give."""

from datetime import timedelta

import dagster as dg
import pytest

from repo_stats.defs.assets.repo_statistics import find_old
from repo_stats.simulator.generator import PREFECT
from repo_stats.simulator.recorded import load_recorded
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.recorded import RECORDED
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.helpers.runs import messages, table


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
    logged = [message for message in messages(instance, result) if "📊" in message]
    assert logged == [
        "PrefectHQ/prefect repository statistics 📊:\nStars 🌟 : 12159\nForks 🍴 : 1251\n"
        "Average open issues per user 🐛 : 2.27"
    ]


def test_numbers_are_recent_for_a_day_and_never_if_they_are_from_the_future() -> None:
    ages = {"a/new": 0, "a/day": 24, "a/old": 24.1, "a/later": -0.01, "a/ahead": -48}
    taken = {repo: NOW - timedelta(hours=hours) for repo, hours in ages.items()}
    assert find_old(taken, NOW) == {
        "a/old": "from 2026-11-22 11:54 UTC",
        "a/ahead": "from 2026-11-25 12:00 UTC",
    }


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
