"""Reading pulses where GraphQL refuses: what is left to the REST API, and with which reason."""

import asyncio
from typing import Any

import httpx
import pytest

from repo_stats.github.errors import UnreachableError
from repo_stats.github.graphql.reader import KnownRepository
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.pulse_reader import batches, known_to, read, shapes


@pytest.mark.parametrize(
    ("options", "credentials", "queries", "says"),
    [
        ({"graphql_forbidden": frozenset({"tok"})}, "tok", 1, "Resource not accessible"),
        ({"serves_graphql": False}, "tok", 1, "the server has no GraphQL"),
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


def test_two_answers_in_vain_with_one_between_them_end_nothing(simulate: Simulate) -> None:
    simulator = simulate(*shapes(4), graphql_batch=1)
    known = known_to(simulator)
    odd = [KnownRepository(one.repo, one.repo_id, "R_nonsense") for one in known[::2]]
    mixed = [odd[0], known[1], odd[1], known[3]]
    result, _ = read(simulator, mixed)
    assert (list(result.readings), len(result.unread)) == (["acme/r01", "acme/r03"], 2)


def test_without_a_connection_nothing_is_left_to_rest(simulate: Simulate) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    simulator = simulate(*shapes(1))
    with pytest.raises(UnreachableError):
        read(simulator, known_to(simulator), transport=httpx.MockTransport(refuse))


def test_the_rest_is_neither_read_nor_unread_when_the_reader_is_not_to_go_on(
    simulate: Simulate,
) -> None:
    simulator = simulate(*shapes(60))
    known = known_to(simulator)
    result, _ = read(simulator, known, goes_on=lambda: len(simulator.log) < 2)
    assert (batches(simulator), len(result.readings), result.unread) == ([25, 29], 54, {})


@pytest.mark.parametrize("refusals", [(403, 404), (404, 403), (404, 410), (410, 404)])
def test_the_first_of_several_refusals_is_the_reason(
    simulate: Simulate, refusals: tuple[int, int]
) -> None:
    says = {403: "no access", 404: "the server has no GraphQL", 410: "gone"}
    statuses = iter(refusals)

    async def refuse(request: httpx.Request) -> httpx.Response:
        status = next(statuses)
        for _ in range(9):  # until both queries are in flight
            await asyncio.sleep(0)
        return httpx.Response(status, json={"message": says[status]})

    simulator = simulate(*shapes(60))
    transport = httpx.MockTransport(refuse)
    result, _ = read(simulator, known_to(simulator), in_flight=2, transport=transport)
    assert (len(result.unread), list(statuses)) == (60, [])
    [reason] = set(result.unread.values())
    assert says[refusals[0]] in reason
    assert "the pulse" in reason or refusals[0] == 404
