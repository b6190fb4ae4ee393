"""Reading pulses from a simulated GitHub: how queries are cut, and what is left to the REST API."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import UnreachableError
from repo_stats.github.graphql.reader import KnownRepository, PulseResult, read_pulses
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.fake_time import FakeTime
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import API_URL, find_repository


def shapes(count: int) -> list[Shape]:
    return [Shape(f"acme/r{number:02}", 2, 1, closed_items=1) for number in range(count)]


def known_to(simulator: Simulator, *, by_id: bool = True) -> list[KnownRepository]:
    repositories = simulator.world.repositories.values()
    return [
        KnownRepository(r.full_name, r.id, r.object["node_id"] if by_id else None)
        for r in repositories
    ]


def read(
    simulator: Simulator,
    known: Sequence[KnownRepository],
    *,
    full: bool = False,
    time: FakeTime | None = None,
    told: list[int] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    **options: Any,
) -> tuple[PulseResult, GitHubClient]:
    """Read pulses, one query at a time unless the options say otherwise."""
    time, told = time or FakeTime(), [] if told is None else told
    simulator.clock = simulator.limits.clock = time

    async def run() -> tuple[PulseResult, GitHubClient]:
        async with GitHubClient(
            API_URL,
            **{"credentials": "tok", "in_flight": 1, **options},
            transport=transport or httpx.ASGITransport(app=simulator.app),
            sleep=time.sleep,
            clock=time,
        ) as client:
            asked = read_pulses(client, known, full=full, on_answer=told.append, clock=time)
            return await asked, client

    return asyncio.run(run())


def batches(simulator: Simulator) -> list[int]:
    """For how many repositories each query was."""
    queries = [request.variables for request in simulator.log]
    return [len(sent.get("ids", [])) or sum(name[0] == "o" for name in sent) for sent in queries]


@pytest.mark.parametrize(("by_id", "full"), [(True, False), (True, True), (False, False)])
def test_many_repositories_are_read_in_few_queries(
    simulate: Simulate, by_id: bool, full: bool
) -> None:
    simulator = simulate(*shapes(60))
    told: list[int] = []
    result, client = read(simulator, known_to(simulator, by_id=by_id), full=full, told=told)
    assert batches(simulator) == told == [25, 29, 6]
    assert list(result.readings) == [shape.full_name for shape in shapes(60)]
    assert (result.unread, result.points, client.usage.requests) == ({}, 3, 3)
    assert {r.row["subscribers"] for r in result.readings.values()} == {7 if full else None}


def test_a_query_asks_by_id_or_by_name_and_never_both_ways(simulate: Simulate) -> None:
    simulator = simulate(*shapes(6))
    known = [
        one if at % 2 else KnownRepository(one.repo) for at, one in enumerate(known_to(simulator))
    ]
    result, _ = read(simulator, known)
    assert batches(simulator) == [3, 3]
    assert [bool(request.variables.get("ids")) for request in simulator.log] == [True, False]
    assert set(result.readings) == {one.repo for one in known}


def test_nothing_is_sent_for_no_repository(simulate: Simulate) -> None:
    simulator = simulate(*shapes(1))
    assert read(simulator, [])[0] == PulseResult()
    assert simulator.log == []


@pytest.mark.parametrize("in_flight", [1, 3, 9])
def test_no_more_than_four_queries_are_in_flight(simulate: Simulate, in_flight: int) -> None:
    simulator = simulate(*shapes(150), latency=0.001)
    result, _ = read(simulator, known_to(simulator), in_flight=in_flight)
    assert len(result.readings) == 150
    assert simulator.most_in_flight == min(in_flight, 4)


@pytest.mark.parametrize("kind", [FaultKind.BAD_GATEWAY, FaultKind.TIMEOUT, FaultKind.SERVER_ERROR])
def test_a_query_that_github_has_no_time_for_is_halved(simulate: Simulate, kind: FaultKind) -> None:
    simulator = simulate(*shapes(30), faults=[Fault(kind, 1, 2)])
    result, _ = read(simulator, known_to(simulator))
    assert batches(simulator) == [25, 12, 6, 10, 11, 3]
    assert (len(result.readings), result.unread) == (30, {})


def test_a_server_that_bears_few_repositories_gets_queries_of_as_many(simulate: Simulate) -> None:
    simulator = simulate(*shapes(12), graphql_batch=2)
    result, _ = read(simulator, known_to(simulator))
    assert batches(simulator)[:4] == [12, 6, 3, 1]
    assert set(batches(simulator)[4:]) <= {1, 2}
    assert (len(result.readings), result.unread) == (12, {})


@pytest.mark.parametrize("kind", [FaultKind.BAD_GATEWAY, FaultKind.TIMEOUT])
def test_a_repository_that_github_never_has_time_for_is_left_to_rest(
    simulate: Simulate, kind: FaultKind
) -> None:
    simulator = simulate(*shapes(2), faults=[Fault(kind, 1, 2)])
    result, _ = read(simulator, known_to(simulator))
    assert batches(simulator) == [2, 1, 1]
    [(repo, reason)] = result.unread.items()
    assert (repo, list(result.readings)) == ("acme/r00", ["acme/r01"])
    assert "502" in reason or "timeout" in reason


def test_what_partial_results_lack_is_asked_for_again(simulate: Simulate) -> None:
    simulator = simulate(*shapes(6), faults=[Fault(FaultKind.PARTIAL, 1)])
    result, _ = read(simulator, known_to(simulator))
    assert batches(simulator) == [6, 3]
    assert (len(result.readings), result.unread, result.points) == (6, {}, 2)


def test_what_github_never_has_time_for_ends_although_the_rest_is_answered(
    simulate: Simulate,
) -> None:
    simulator = simulate(*shapes(4), faults=[Fault(FaultKind.PARTIAL, 1, 99)])
    result, _ = read(simulator, known_to(simulator))
    assert len(result.readings) + len(result.unread) == 4
    assert len(simulator.log) < 8


@pytest.mark.parametrize(
    ("options", "credentials", "queries", "says"),
    [
        ({"graphql_forbidden": frozenset({"tok"})}, "tok", 1, "Resource not accessible"),
        ({"serves_graphql": False}, "tok", 1, "the pulse"),
        ({}, None, 1, "requires a token"),
        ({"tokens": frozenset({"other"})}, "tok", 1, "does not accept"),
        ({"faults": [Fault(FaultKind.EXHAUSTED, 1, 9)]}, "tok", 1, "rate limit"),
        ({"faults": [Fault(FaultKind.RATE_LIMITED, 1, 9)]}, "tok", 1, "rate limit"),
        ({"faults": [Fault(FaultKind.RATE_LIMIT, 1, 9)]}, "tok", 1, "rate limit"),
        ({"faults": [Fault(FaultKind.SECONDARY, 1, 9)]}, "tok", 1, "secondary rate limit"),
        ({"faults": [Fault(FaultKind.RETRY_AFTER, 1, 9)]}, "tok", 1, "secondary rate limit"),
    ],
)
def test_where_graphql_refuses_all_is_left_to_rest_with_the_reason(
    simulate: Simulate, options: dict[str, Any], credentials: str | None, queries: int, says: str
) -> None:
    simulator = simulate(*shapes(60), **options)
    result, _ = read(simulator, known_to(simulator), credentials=credentials)
    assert len(simulator.log) == queries
    assert (result.readings, len(result.unread)) == ({}, 60)
    [reason] = set(result.unread.values())
    assert says in reason


@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.RETRY_AFTER])
def test_a_limit_that_ends_soon_is_waited_for(simulate: Simulate, kind: FaultKind) -> None:
    simulator = simulate(*shapes(3), faults=[Fault(kind, 1)])
    result, client = read(simulator, known_to(simulator), max_wait=4_000.0)
    assert (batches(simulator), len(result.readings)) == ([3, 3], 3)
    assert client.usage.waited > 0


def test_what_was_answered_before_a_refusal_is_kept(simulate: Simulate) -> None:
    simulator = simulate(*shapes(60), faults=[Fault(FaultKind.RATE_LIMITED, 2, 9)])
    result, _ = read(simulator, known_to(simulator))
    assert (len(result.readings), len(result.unread)) == (25, 35)


def test_a_repository_that_is_gone_or_blocked_is_left_to_rest(simulate: Simulate) -> None:
    simulator = simulate(*shapes(4))
    known = known_to(simulator)
    find_repository(simulator, "acme/r01").trouble = Trouble.MISSING
    by_id, _ = read(simulator, known)
    by_name, _ = read(simulator, [KnownRepository(one.repo) for one in known])
    for result in (by_id, by_name):
        assert list(result.unread) == ["acme/r01"]
        assert list(result.readings) == ["acme/r00", "acme/r02", "acme/r03"]


def test_a_repository_that_was_renamed_or_replaced_is_left_to_rest(simulate: Simulate) -> None:
    simulator = simulate(*shapes(3))
    known = known_to(simulator)
    simulator.world.rename("acme/r00", "acme/new")
    by_id, _ = read(simulator, known)
    assert by_id.unread == {"acme/r00": "it is called acme/new now"}
    by_name, _ = read(simulator, [KnownRepository("acme/r00")])
    assert by_name.unread == by_id.unread
    other = [KnownRepository("acme/r01", known[1].repo_id, known[2].node_id)]
    assert read(simulator, other)[0].unread == {"acme/r01": "it is called acme/r02 now"}
    other = [KnownRepository("Acme/R01", 5)]
    says = {"Acme/R01": "its name belongs to another repository now"}
    assert read(simulator, other)[0].unread == says


def test_ids_that_graphql_knows_none_of_cost_two_queries_and_no_more(simulate: Simulate) -> None:
    simulator = simulate(*shapes(80))
    known = [KnownRepository(one.repo, one.repo_id, "R_nonsense") for one in known_to(simulator)]
    result, _ = read(simulator, known)
    assert batches(simulator) == [25, 29]
    assert (result.readings, len(result.unread)) == ({}, 80)


def test_queries_wait_when_githubs_time_of_a_minute_is_used_up(simulate: Simulate) -> None:
    simulator = simulate(*shapes(100), rules=LimitRules())
    time = FakeTime()
    served = simulator.app

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        time.now += 20.0
        await served(scope, receive, send)

    result, client = read(
        simulator, known_to(simulator), time=time, transport=httpx.ASGITransport(app=slow)
    )
    assert (len(result.readings), batches(simulator)) == (100, [25] * 4)
    assert time.slept == [20.0]
    assert client.usage.paced == 20.0


def test_without_a_connection_nothing_is_left_to_rest(simulate: Simulate) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    simulator = simulate(*shapes(1))
    with pytest.raises(UnreachableError):
        read(simulator, known_to(simulator), transport=httpx.MockTransport(refuse))
