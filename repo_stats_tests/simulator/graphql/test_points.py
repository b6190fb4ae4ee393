"""What queries cost: points, from a budget apart from that of requests."""

import asyncio
from typing import Any

import httpx
import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import URL, get
from repo_stats_tests.helpers.simulated_graphql import FRAGMENT, PULSE, ask, node_ids

ROCKET = Shape("acme/rocket", 3, 1)

COST = "{ rateLimit { cost } }"

IN_ROCKET = (
    '{{ repository(owner: "acme", name: "rocket") {{ {} }} rateLimit {{ cost nodeCount }} }}'
)

ISSUES = "issues(first: {}) {{ nodes {{ id }} }}"


@pytest.mark.parametrize(
    ("repositories", "points"), [(1, 1), (25, 1), (29, 1), (30, 2), (49, 2), (50, 3), (100, 5)]
)
def test_each_connection_of_each_node_counts(
    simulate: Simulate, repositories: int, points: int
) -> None:
    simulator = simulate(ROCKET)
    ids = node_ids(simulator) * repositories
    limit = ask(simulator, PULSE, {"ids": ids}).json()["data"]["rateLimit"]
    assert (limit["cost"], limit["used"], limit["remaining"]) == (points, points, 5_000 - points)
    assert simulator.log[0].points == points


@pytest.mark.parametrize(
    ("selection", "points", "nodes"),
    [
        ("id", 1, 1),
        ("issues { totalCount }", 1, 1),
        (ISSUES.format(100), 1, 101),
        (f"{ISSUES.format(5)} {ISSUES.format(5)} ...on Repository {{ {ISSUES.format(5)} }}", 1, 6),
        (" ".join(f"i{n}: issues {{ totalCount }}" for n in range(148)), 1, 1),
        (" ".join(f"i{n}: issues {{ totalCount }}" for n in range(150)), 2, 1),
        ("".join(f"i{n}: issues @skip(if: true) {{ totalCount }} " for n in range(199)), 1, 1),
        ("".join(f"i{n}: issues @include(if: false) {{ totalCount }} " for n in range(199)), 1, 1),
    ],
)
def test_a_connection_counts_once_for_each_name_and_only_if_it_is_selected(
    simulate: Simulate, selection: str, points: int, nodes: int
) -> None:
    simulator = simulate(ROCKET)
    limit = ask(simulator, IN_ROCKET.format(selection)).json()["data"]["rateLimit"]
    assert limit == {"cost": points, "nodeCount": nodes}


def test_repositories_by_name_cost_as_much_as_by_id(simulate: Simulate) -> None:
    simulator = simulate(ROCKET)
    aliases = "".join(
        f'r{n}: repository(owner: "acme", name: "rocket") {{ ...Pulse }} ' for n in range(100)
    )
    body = ask(simulator, f"{{ {aliases} rateLimit {{ cost nodeCount }} }} {FRAGMENT}").json()
    assert body["data"]["rateLimit"] == {"cost": 5, "nodeCount": 300}


def test_points_and_requests_have_budgets_apart(simulate: Simulate) -> None:
    now = 1_000_000.5
    simulator = simulate(ROCKET, rules=LimitRules(authorized=7, points=2), clock=lambda: now)
    first = ask(simulator, "{ rateLimit { limit cost remaining used resetAt } }")
    assert first.json()["data"]["rateLimit"] == {
        "limit": 2,
        "cost": 1,
        "remaining": 1,
        "used": 1,
        "resetAt": "1970-01-12T14:46:40Z",
    }
    [read] = get(simulator, URL, authorization="Bearer mine")
    told = {
        (response.headers["x-ratelimit-resource"], response.headers["x-ratelimit-remaining"])
        for response in (first, read)
    }
    assert told == {("graphql", "1"), ("core", "6")}
    [overview] = get(simulator, "/rate_limit", authorization="Bearer mine")
    limit = {"limit": 2, "used": 1, "remaining": 1, "reset": 1_003_600}
    assert overview.json()["resources"]["graphql"] == limit
    assert overview.json()["resources"]["core"]["used"] == 1
    assert get(simulator, "/rate_limit")[0].json()["resources"]["graphql"]["limit"] == 0


def test_a_query_for_which_too_few_points_remain_is_refused_with_200(simulate: Simulate) -> None:
    now = 1_000_000.5
    simulator = simulate(ROCKET, rules=LimitRules(points=3), clock=lambda: now)
    dear = {"ids": node_ids(simulator) * 30}
    assert "data" in ask(simulator, PULSE, dear).json()
    refused = ask(simulator, PULSE, dear)
    assert (refused.status_code, refused.json()) == (
        200,
        {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]},
    )
    assert refused.headers["x-ratelimit-remaining"] == "1"
    assert "data" in ask(simulator, COST).json()
    none_left = ask(simulator, COST)
    assert none_left.headers["x-ratelimit-remaining"] == "0"
    assert none_left.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert "data" in ask(simulator, COST, headers={"authorization": "Bearer other"}).json()
    assert get(simulator, URL, authorization="Bearer mine")[0].status_code == 200
    assert [request.points for request in simulator.log] == [2, 0, 1, 0, 1, 0]
    now += 3_600
    assert "data" in ask(simulator, COST).json()


def test_too_many_points_a_minute_exceed_the_secondary_limit(simulate: Simulate) -> None:
    now = 1_000_000.5
    rules = LimitRules(points_per_minute=2, per_minute=1)
    simulator = simulate(ROCKET, rules=rules, clock=lambda: now)
    statuses = [ask(simulator, COST).status_code for _ in range(3)]
    assert statuses == [200, 200, 403]
    refused = ask(simulator, COST)
    assert "secondary rate limit" in refused.json()["message"]
    assert simulator.limits.points("mine").used == 2
    assert get(simulator, URL)[0].status_code == 200
    now += 60
    assert ask(simulator, COST).status_code == 200


def test_queries_and_requests_in_flight_count_together(simulate: Simulate) -> None:
    simulator = simulate(ROCKET, rules=LimitRules(in_flight=2), latency=0.01)

    async def run() -> list[int]:
        transport = httpx.ASGITransport(app=simulator.app)
        headers = {"authorization": "Bearer mine"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://github", headers=headers
        ) as client:
            responses = await asyncio.gather(
                client.get(URL),
                client.post("/graphql", json={"query": COST}),
                client.post("/graphql", json={"query": COST}),
                client.get(URL),
            )
        return [response.status_code for response in responses]

    assert sorted(asyncio.run(run())) == [200, 200, 403, 403]
    assert simulator.most_in_flight == 4


@pytest.mark.parametrize("path", ["/graphql", "/api/graphql"])
def test_a_server_without_limits_tells_of_none(simulate: Simulate, path: str) -> None:
    simulator = simulate(ROCKET, rules=LimitRules(enabled=False, points=0, points_per_minute=0))
    response = ask(simulator, COST, path=path)
    body: Any = response.json()
    assert body == {"data": {"rateLimit": None}}
    assert not [name for name in response.headers if name.startswith("x-ratelimit")]


def test_all_tokens_of_an_installation_share_points(simulate: Simulate) -> None:
    simulator = simulate(ROCKET)
    for _ in range(2):
        created = ask(
            simulator,
            "",
            path="/app/installations/7/access_tokens",
            headers={"authorization": "Bearer a.b.c"},
        )
        token = created.json()["token"]
        ask(simulator, COST, headers={"authorization": f"Bearer {token}"})
    assert simulator.limits.points("installation 7").used == 2
