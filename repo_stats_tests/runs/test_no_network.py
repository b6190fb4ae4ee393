"""Runs without a network: it is said once and soon, and a short outage is survived."""

from typing import Any, cast

import dagster as dg
import httpx
import pytest
from starlette.applications import Starlette

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import failure, messages

SHAPES = [Shape(f"acme/{name}", 15, 4) for name in ("a", "b", "c")]

NAMES = [shape.full_name for shape in SHAPES]


class Network:
    """The network to a simulator, which is down from some request to another."""

    def __init__(self, simulator: Simulator, first: int, last: int) -> None:
        self.requests = 0
        self._right = simulator.app
        self._down = range(first, last)
        simulator.app = cast("Starlette", self)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests += 1
        if self.requests - 1 in self._down:
            raise httpx.ConnectError("All connection attempts failed")
        await self._right(scope, receive, send)


def test_without_a_network_a_run_fails_once_with_a_sentence_about_no_repository(
    simulate: Simulate, settings_for: SettingsFor, run: Run
) -> None:
    network = Network(simulate(*SHAPES), 0, 10**9)
    result = run(settings_for(*NAMES))
    assert failure(result) == (
        f"{API_URL} cannot be reached: ConnectError; check the connection and REPO_STATS_API_URL."
    )
    assert [e for e in result.all_events if e.event_type_value == "STEP_UP_FOR_RETRY"] == []
    assert network.requests <= 4 * len(NAMES)


@pytest.mark.parametrize("first", [long(0), 2, long(7)])
def test_a_short_outage_at_any_point_of_a_run_is_survived(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    instance: dg.DagsterInstance,
    first: int,
) -> None:
    network = Network(simulate(*SHAPES), first, first + 3)
    result = run(settings_for(*NAMES, REPO_STATS_PER_PAGE="10"))
    assert result.success, failure(result)
    assert network.requests > first + 3
    assert not any("cannot be reached" in message for message in messages(instance, result))
