"""Reading pulses from a simulated GitHub: how queries are cut, and how they keep pace."""

import json

import httpx
import pytest

from repo_stats.github.graphql.reader import KnownRepository, PulseResult
from repo_stats.github.http.connection import ResponseLimits
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.limits import LimitRules
from repo_stats_tests.helpers.fake_time import FakeTime
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.pulse_reader import batches, known_to, read, shapes, slow
from repo_stats_tests.helpers.pulses import body_of, node_of


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


@pytest.mark.parametrize(
    ("full", "expected"), [(False, [25, 29, 33, 13]), (True, [25, 29, 29, 17])]
)
def test_queries_grow_to_as_many_repositories_as_cost_a_point(
    simulate: Simulate, full: bool, expected: list[int]
) -> None:
    simulator = simulate(*shapes(100))
    result, _ = read(simulator, known_to(simulator), full=full)
    assert (batches(simulator), result.points) == (expected, 4)


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


@pytest.mark.parametrize(
    ("in_flight", "readers", "most"), [(1, 1, 1), (3, 1, 3), (9, 1, 4), (9, 2, 2), (9, 5, 1)]
)
def test_all_readers_together_have_no_more_than_four_queries_in_flight_or_one_each(
    simulate: Simulate, in_flight: int, readers: int, most: int
) -> None:
    simulator = simulate(*shapes(150), latency=0.001)
    result, _ = read(simulator, known_to(simulator), in_flight=in_flight, readers=readers)
    assert len(result.readings) == 150
    assert simulator.most_in_flight == most


@pytest.mark.parametrize(("readers", "waits"), [(None, False), (1, False), (2, True)])
def test_each_of_several_readers_takes_its_part_of_githubs_time(
    simulate: Simulate, readers: int | None, waits: bool
) -> None:
    simulator, time = simulate(*shapes(100)), FakeTime()
    connection = slow(simulator, time, 9.0)
    known = known_to(simulator)
    result, client = read(simulator, known, readers=readers, time=time, transport=connection)
    assert (len(result.readings), batches(simulator)) == (100, [25] * 4)
    assert (client.usage.paced > 0.0) is waits


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


def test_a_response_without_an_end_is_no_reason_to_ask_for_as_many_again(
    simulate: Simulate,
) -> None:
    simulator = simulate(*shapes(8))
    result, _ = read(simulator, known_to(simulator), limits=ResponseLimits(60.0, body=4_000))
    assert batches(simulator) == [8, 4, 4]
    assert (len(result.readings), result.unread) == (8, {})


def test_what_partial_results_lack_is_asked_for_again(simulate: Simulate) -> None:
    simulator = simulate(*shapes(6), faults=[Fault(FaultKind.PARTIAL, 1)])
    result, _ = read(simulator, known_to(simulator))
    assert batches(simulator) == [6, 3]
    assert (len(result.readings), result.unread, result.points) == (6, {}, 2)


def test_after_partial_results_fewer_are_asked_for(simulate: Simulate) -> None:
    simulator = simulate(*shapes(60), faults=[Fault(FaultKind.PARTIAL, 1)])
    result, _ = read(simulator, known_to(simulator))
    assert batches(simulator)[:3] == [25, 12, 16]
    assert len(result.readings) == 60


@pytest.mark.parametrize(
    ("lacking", "asked_for"), [("2", ["123", "2"]), ("123", ["123", "1", "2", "3"])]
)
def test_what_always_lacks_in_partial_results_is_left_to_rest(
    simulate: Simulate, lacking: str, asked_for: list[str]
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        numbers = [one[2:] for one in json.loads(request.content)["variables"]["ids"]]
        asked.append("".join(numbers))
        nodes = [None if n in lacking else node_of(f"a/R_{n}", int(n)) for n in numbers]
        errors = [
            {"path": ["nodes", at], "message": "timeout"}
            for at, node in enumerate(nodes)
            if not node
        ]
        return httpx.Response(200, json=body_of(*nodes, errors=errors))

    known = [KnownRepository(f"a/R_{n}", n, f"R_{n}") for n in (1, 2, 3)]
    result, _ = read(simulate(), known, transport=httpx.MockTransport(answer))
    assert asked == asked_for
    assert list(result.readings) == [f"a/R_{n}" for n in "123" if n not in lacking]
    assert result.unread == {f"a/R_{n}": "no time for it" for n in lacking}


def test_a_server_without_limits_has_time_for_all_queries(simulate: Simulate) -> None:
    simulator = simulate(*shapes(100), rules=LimitRules(enabled=False))
    time = FakeTime()
    result, _ = read(
        simulator, known_to(simulator), time=time, transport=slow(simulator, time, 90.0)
    )
    assert (len(result.readings), time.slept) == (100, [])


def test_queries_that_github_had_no_time_for_took_time_as_well(simulate: Simulate) -> None:
    simulator = simulate(*shapes(100), faults=[Fault(FaultKind.TIMEOUT, 1)], rules=LimitRules())
    time = FakeTime()
    read(simulator, known_to(simulator)[:30], time=time, transport=slow(simulator, time, 20.0))
    assert batches(simulator) == [25, 12, 12, 6]
    assert time.slept == [5.0] * 4  # in slices, so that a deadline ends it


def test_queries_wait_when_githubs_time_of_a_minute_is_used_up(simulate: Simulate) -> None:
    simulator = simulate(*shapes(100), rules=LimitRules())
    time = FakeTime()
    transport = slow(simulator, time, 20.0)
    known = known_to(simulator) * 2
    result, client = read(simulator, known, time=time, transport=transport)
    assert (len(result.readings), batches(simulator)) == (100, [25] * 8)
    assert client.usage.paced == sum(time.slept) > max(time.slept)


def test_a_wait_of_less_than_a_second_is_waited(simulate: Simulate) -> None:
    simulator, time = simulate(*shapes(80), rules=LimitRules()), FakeTime()
    read(simulator, known_to(simulator), time=time, transport=slow(simulator, time, 19.75))
    assert (time.slept, batches(simulator)) == ([5.0, 5.0, 5.0, 5.0, 0.5], [25, 25, 25, 5])
