"""What a refresh may cost in requests, steps and events; never in seconds."""

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import dagster as dg
import pytest

from repo_stats.simulator.changes import close_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import is_open
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.star_requests import count_star_pages, without_stars

CostOf: TypeAlias = Callable[[int, int], tuple[Counter[str], Simulator]]


def count_events(instance: dg.DagsterInstance, run_id: str) -> Counter[str]:
    """How many stored events a run has, by type; a log line counts as `log`."""
    entries = instance.all_logs(run_id)
    return Counter(
        entry.dagster_event.event_type_value if entry.dagster_event else "log" for entry in entries
    )


@pytest.fixture
def cost_of(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    instance: dg.DagsterInstance,
) -> CostOf:
    """Refresh repositories that did not change; gives the run's events, and the simulator."""

    def measure(repositories: int, items: int) -> tuple[Counter[str], Simulator]:
        shapes = [Shape(f"acme/r{number}", items, 5) for number in range(repositories)]
        simulator = simulate(*shapes)
        limits = {
            "REPO_STATS_MAX_AGE": "0",
            "REPO_STATS_FETCH_STEPS": "1",
            "REPO_STATS_PER_PAGE": "10",
        }
        settings = settings_for(*[shape.full_name for shape in shapes], **limits)
        assert run(settings).success
        simulator.log.clear()
        quiet = run(settings)
        assert quiet.success
        return count_events(instance, quiet.run_id), simulator

    return measure


def test_a_quiet_refresh_costs_seven_steps_and_each_repository_requests_but_no_event(
    cost_of: CostOf,
) -> None:
    few, _ = cost_of(2, 15)
    many, simulator = cost_of(3, 15)
    assert many == few
    assert few["STEP_SUCCESS"] == 7
    assert few["ASSET_MATERIALIZATION"] == 4  # one an asset
    assert few["ASSET_MATERIALIZATION_PLANNED"] == 0
    # A repository costs a charged request, and a free one for each page.
    assert Counter(request.status for request in simulator.log) == {200: 3, 304: 3 * 2}
    assert sum(request.charged for request in simulator.log) == 3


def test_a_list_of_six_pages_costs_what_the_documentation_says(
    simulate: Simulate, settings_for: SettingsFor, run: Run
) -> None:
    simulator = simulate(Shape("acme/one", 55, 5))
    limits = {"REPO_STATS_MAX_AGE": "0", "REPO_STATS_PER_PAGE": "10"}
    settings = settings_for("acme/one", REPO_STATS_PULSE="on", **limits)
    repository = find_repository(simulator, "acme/one")
    opened = [issue["number"] for issue in repository.issues if is_open(issue)]

    def cost() -> tuple[int, int, int]:
        """The queries of a refresh, its other requests, and those that are charged."""
        simulator.log.clear()
        assert run(settings).success
        others = [request for request in simulator.log if not request.points]
        queries = len(simulator.log) - len(others)
        return queries, len(others), sum(request.charged for request in others)

    stars = count_star_pages(simulator, "acme/one")
    assert cost() == (1, 12 + stars, 6 + stars)
    for number, expected in ((opened[-1], (1, 6, 1)), (opened[0], (1, 12, 6))):
        close_issue(repository, number, simulator.clock() - 3600)
        assert cost() == expected


def test_the_first_refresh_of_six_pages_without_a_token_requests_nearly_all_twice(
    simulate: Simulate, settings_for: SettingsFor, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    simulator = simulate(Shape("acme/one", 55, 5))
    assert run(settings_for("acme/one", REPO_STATS_PER_PAGE="10")).success
    assert len(without_stars(simulator.log)) == 13
    assert all(request.charged for request in simulator.log)
