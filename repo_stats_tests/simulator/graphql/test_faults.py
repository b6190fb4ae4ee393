"""Faults on queries."""

import pytest

from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import URL, get
from repo_stats_tests.helpers.simulated_graphql import (
    FRAGMENT,
    NAMES,
    PULSE,
    SHAPES,
    ask,
    node_ids,
    pulse,
)


@pytest.mark.parametrize(
    ("kind", "status", "holds", "points"),
    [
        (FaultKind.SERVER_ERROR, 500, "Server Error", 1),
        (FaultKind.BAD_GATEWAY, 502, "Unicorn", 1),
        (FaultKind.NOT_JSON, 200, "Unicorn", 1),
        (FaultKind.WRONG_SHAPE, 200, "[]", 1),
        (FaultKind.EMPTY_LIST, 200, "[]", 1),
        (FaultKind.EXHAUSTED, 403, "API rate limit exceeded", 0),
        (FaultKind.SECONDARY, 403, "secondary rate limit", 0),
        (FaultKind.RETRY_AFTER, 429, "secondary rate limit", 0),
        (FaultKind.TIMEOUT, 200, "This may be the result of a timeout", 1),
        (FaultKind.RATE_LIMITED, 200, '"type":"RATE_LIMITED"', 0),
        (FaultKind.RATE_LIMIT, 200, '"code":"graphql_rate_limit"', 0),
    ],
)
def test_a_fault_hits_the_nth_query_which_costs_if_it_was_carried_out(
    simulate: Simulate, kind: FaultKind, status: int, holds: str, points: int
) -> None:
    simulator = simulate(*SHAPES, faults=[Fault(kind, 2, path="/graphql")])
    variables = {"ids": node_ids(simulator)}
    before = ask(simulator, PULSE, variables)
    assert get(simulator, URL)[0].status_code == 404
    spoilt, after = (ask(simulator, PULSE, variables) for _ in range(2))
    assert (spoilt.status_code, holds in spoilt.text) == (status, True)
    assert '"data"' not in spoilt.text
    assert before.json()["data"]["nodes"] == after.json()["data"]["nodes"]
    assert [request.points for request in simulator.log] == [1, 0, points, 1]


@pytest.mark.parametrize("kind", [FaultKind.RATE_LIMITED, FaultKind.RATE_LIMIT])
def test_a_limit_of_points_says_when_it_ends(simulate: Simulate, kind: FaultKind) -> None:
    simulator = simulate(*SHAPES, faults=[Fault(kind, 1)], clock=lambda: 1_000_000.5)
    headers = ask(simulator, PULSE, {"ids": []}).headers
    assert headers["x-ratelimit-resource"] == "graphql"
    assert (headers["x-ratelimit-remaining"], headers["x-ratelimit-reset"]) == ("0", "1000001")


def test_partial_data_lack_every_second_repository_with_an_error_for_each(
    simulate: Simulate,
) -> None:
    simulator = simulate(*SHAPES, faults=[Fault(FaultKind.PARTIAL, 1, 2)])
    body = pulse(simulator)
    found = [node and node["nameWithOwner"] for node in body["data"]["nodes"]]
    assert found == [NAMES[0], None, NAMES[2], None]
    assert [(error["type"], error["path"]) for error in body["errors"]] == [
        ("RESOURCE_LIMITS_EXCEEDED", ["nodes", place, "newestPullRequest"]) for place in (1, 3)
    ]
    aliases = "".join(f'{n}: repository(owner: "acme", name: "{n}") {{ ...Pulse }} ' for n in "abc")
    body = ask(simulator, f"{{ {aliases} rateLimit {{ cost }} }} {FRAGMENT}").json()
    assert [name for name, node in body["data"].items() if node is None] == ["b"]
    assert body["errors"][0]["path"] == ["b", "newestPullRequest"]


def test_partial_data_hit_a_null_too_and_leave_what_has_no_data(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES, faults=[Fault(FaultKind.PARTIAL, 1, 3)])
    body = pulse(simulator, [node_ids(simulator)[0], "R_nonsense"])
    assert body["data"]["nodes"][1] is None
    assert [error["path"] for error in body["errors"]] == [["nodes", 1], ["nodes", 1]]
    assert [*ask(simulator, "{").json()] == ["errors"]
    assert get(simulator, "/repos/acme/a")[0].json()["full_name"] == "acme/a"
