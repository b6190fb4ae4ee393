"""How the steps of a run keep the limit of requests per minute together, by a virtual clock."""

from collections.abc import Iterator

import pytest
import time_machine

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import HastyGitHub

REPOS = [f"acme/r{number}" for number in range(5)]

STEPS = ("repo_metadata", "open_issues")
"""Two that send requests, one after the other."""


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The waits of the clients, which only move the clock on."""
    waits: list[float] = []
    with time_machine.travel("2026-11-23T12:00:00Z", tick=True) as traveller:

        async def sleep(_: HastyGitHub, seconds: float) -> None:
            waits.append(seconds)
            traveller.shift(seconds)

        monkeypatch.setattr(HastyGitHub, "sleep", sleep)
        yield waits


@pytest.mark.parametrize(
    ("has_limits", "per_minute", "runs", "waits"),
    [(True, 4, "1", True), (False, 4, "1", False), (True, 8, "2", True)],
    ids=["with limits", "without limits", "one of two runs"],
)
def test_a_step_waits_for_what_an_earlier_one_has_sent_only_if_the_server_has_limits(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    slept: list[float],
    has_limits: bool,
    per_minute: int,
    runs: str,
    waits: bool,
) -> None:
    rules = LimitRules(enabled=has_limits)
    simulator = simulate(*[Shape(repo, 3, 2) for repo in REPOS], rules=rules)
    few = {"REPO_STATS_PER_MINUTE": str(per_minute), "REPO_STATS_IN_FLIGHT": "2"}
    assert run(settings_for(*REPOS, **few, REPO_STATS_RUNS_AT_ONCE=runs), select=STEPS).success
    assert len(simulator.log) == 2 * len(REPOS)
    assert (sum(slept) > 100.0) is waits
    assert bool(slept) is waits
