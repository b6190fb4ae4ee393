"""How `repo_activity` asks for pulses: for how many, how long, and what ends a look."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from repo_stats.defs.sensors.looks import (
    Looks,
    look,
)
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import TransientError, UnreachableError
from repo_stats.github.graphql import pace
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats_tests.defs.sensors.watched import REPOS
from repo_stats_tests.helpers.github import API_URL, TOKEN, find_repository
from repo_stats_tests.helpers.pulse_reader import known_to, read
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.states import state_of


def look_by(
    transport: httpx.AsyncBaseTransport, states: dict[str, RepoState], until: float = 1.0
) -> Looks:
    client = GitHubClient(
        API_URL, TOKEN, in_flight=1, transport=transport, sleep=lambda _: asyncio.sleep(0)
    )
    return look(client, list(states), states, lambda: 0.0, until)


@pytest.fixture
def one_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query for each repository."""
    monkeypatch.setattr(pace, "FIRST_BATCH", 1)
    monkeypatch.setattr(pace, "GROWTH", 0)


def states_of(simulator: Simulator) -> dict[str, RepoState]:
    found = {repo: find_repository(simulator, repo) for repo in REPOS}
    return {
        repo: state_of(repo, repo_id=each.id, node_id=each.object["node_id"])
        for repo, each in found.items()
    }


@pytest.mark.usefixtures("one_each")
@pytest.mark.parametrize(("remaining", "queries"), [(1_501, 2), (1_500, 1), (4_000, 4)])
def test_three_tenths_of_the_points_are_left_to_refreshes(
    simulator: Simulator, remaining: int, queries: int
) -> None:
    quota = simulator.limits.points(TOKEN)
    quota.used = quota.limit - remaining - 1
    found = look_by(httpx.ASGITransport(simulator.app), states_of(simulator))
    assert len(simulator.log) == queries
    assert sorted(found.changed) == REPOS[:queries]  # no pulse is known of them
    assert (found.unchanged, found.unread, found.refusal) == ({}, [], None)


@pytest.mark.usefixtures("one_each")
def test_a_server_without_limits_is_asked_for_all_until_the_time_is_over(
    simulator: Simulator,
) -> None:
    simulator.limits.rules = replace(simulator.limits.rules, enabled=False)
    connection, states = httpx.ASGITransport(simulator.app), states_of(simulator)
    assert len(look_by(connection, states).changed) == len(REPOS)
    assert not look_by(connection, states, until=0.0).changed


def test_what_graphql_does_not_tell_of_is_to_be_polled(simulator: Simulator) -> None:
    states = states_of(simulator)
    states["acme/r1"] = replace(states["acme/r1"], node_id="R_of_none")
    found = look_by(httpx.ASGITransport(simulator.app), states)
    assert found.unread == ["acme/r1"]
    assert sorted(found.changed) == ["acme/r0", "acme/r2", "acme/r3"]


def test_a_look_without_a_connection_refuses_the_tick_and_leaves_none_open(
    simulator: Simulator,
) -> None:
    closed: list[str] = []

    class Refused(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

        async def aclose(self) -> None:
            closed.append("a connection")

    assert type(look_by(Refused(), states_of(simulator)).refusal) is UnreachableError
    assert closed == ["a connection"]


def test_an_answer_that_takes_too_long_refuses_the_tick_before_dagster_ends_it(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def wait(reading: Any, seconds: float) -> None:
        reading.close()
        waited.append(seconds)
        raise asyncio.TimeoutError

    monkeypatch.setattr(asyncio, "wait_for", wait)
    refusal = look_by(httpx.ASGITransport(simulator.app), states_of(simulator)).refusal
    assert type(refusal) is TransientError
    assert str(refusal) == "GitHub took too long to answer a query; the next tick tries again."
    assert waited == [35.0]


def test_a_look_tells_what_is_unchanged_from_what_changed_and_asks_for_no_subscribers(
    simulator: Simulator,
) -> None:
    pulses, _ = read(simulator, known_to(simulator))
    states = {
        repo: replace(state, pulse=pulses.readings[repo].pulse)
        for repo, state in states_of(simulator).items()
    }
    states["acme/r2"] = replace(states["acme/r2"], pulse=pulse_of())
    simulator.log.clear()
    found = look_by(httpx.ASGITransport(simulator.app), states)
    assert list(found.unchanged) == ["acme/r0", "acme/r1", "acme/r3"]
    assert list(found.changed) == ["acme/r2"]
    [sent] = simulator.log
    assert sent.variables["full"] is False
