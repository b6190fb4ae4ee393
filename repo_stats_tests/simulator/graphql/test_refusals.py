"""Queries that are not carried out: malformed, too large, or without permission."""

import json

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import URL, get
from repo_stats_tests.helpers.simulated_graphql import PULSE, SHAPES, ask, node_ids, pulse

ROCKET = Shape("acme/rocket", 3, 1)

OF_ROCKET = '{{ repository(owner: "acme", name: "rocket") {{ {} }} }}'


@pytest.mark.parametrize("path", ["/graphql", "/api/graphql"])
@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"authorization": ""}, 401, "This endpoint requires you to be authenticated."),
        ({"authorization": "Bearer bad"}, 401, "Bad credentials"),
        ({"user-agent": ""}, 403, "Request forbidden by administrative rules."),
    ],
)
def test_a_query_needs_a_token_and_a_client_with_a_name(
    simulate: Simulate, path: str, headers: dict[str, str], status: int, message: str
) -> None:
    simulator = simulate(ROCKET, tokens=frozenset({"mine"}))
    response = ask(simulator, "{ rateLimit { cost } }", path=path, headers=headers)
    assert (response.status_code, response.json()["message"]) == (status, message)
    assert ask(simulator, "{ rateLimit { cost } }", path=path).status_code == 200


def test_a_token_can_be_forbidden_to_use_graphql_and_still_use_rest(simulate: Simulate) -> None:
    simulator = simulate(ROCKET, graphql_forbidden=frozenset({"mine"}))
    response = ask(simulator, OF_ROCKET.format("id"))
    [error] = response.json()["errors"]
    assert (response.status_code, "data" in response.json()) == (200, False)
    assert (error["type"], error["message"]) == (
        *("FORBIDDEN", "Resource not accessible by personal access token"),
    )
    assert ask(simulator, OF_ROCKET.format("id"), headers={"authorization": "token yours"}).json()[
        "data"
    ]
    assert get(simulator, URL, authorization="Bearer mine")[0].status_code == 200
    assert [request.points for request in simulator.log] == [0, 1, 0]


@pytest.mark.parametrize("path", ["/graphql", "/api/graphql"])
def test_a_server_can_be_without_graphql(simulate: Simulate, path: str) -> None:
    simulator = simulate(ROCKET, serves_graphql=False)
    assert ask(simulator, OF_ROCKET.format("id"), path=path).status_code == 404
    assert get(simulator, URL)[0].status_code == 200


def test_a_query_cannot_be_read_by_get(simulate: Simulate) -> None:
    simulator = simulate(ROCKET)
    statuses = [r.status_code for r in get(simulator, "/graphql", "/api/graphql")]
    assert statuses == [404, 404]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{", "Syntax Error"),
        (OF_ROCKET.format("stars"), "Cannot query field 'stars' on type 'Repository'"),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", "'$ids'"),
        ("query A { rateLimit { cost } } query B { rateLimit { cost } }", "operation name"),
    ],
)
def test_a_bad_query_is_200_with_errors_and_without_data(
    simulate: Simulate, query: str, message: str
) -> None:
    simulator = simulate(ROCKET)
    response = ask(simulator, query)
    assert (response.status_code, [*response.json()]) == (200, ["errors"])
    [error] = response.json()["errors"]
    assert message in error["message"]
    assert "operation" in message or error["locations"]
    assert response.headers["x-ratelimit-used"] == "0"
    assert simulator.log[0].points == 0


@pytest.mark.parametrize("name", ["A", "B"])
def test_the_operation_that_is_named_is_carried_out(simulate: Simulate, name: str) -> None:
    simulator = simulate(ROCKET)
    query = "query A { A: rateLimit { cost } } query B { B: rateLimit { cost } }"
    body = json.dumps({"query": query, "operationName": name}).encode()
    assert ask(simulator, "", content=body).json() == {"data": {name: {"cost": 1}}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Problems parsing JSON"),
        (b"[]", "A query attribute must be specified and must be a string."),
        (b'{"query": 1}', "A query attribute must be specified and must be a string."),
    ],
)
def test_a_body_without_a_query_is_a_bad_request(
    simulate: Simulate, body: bytes, message: str
) -> None:
    simulator = simulate(ROCKET)
    response = ask(simulator, "", content=body)
    assert (response.status_code, response.json()["message"]) == (400, message)
    assert simulator.log[0].variables == {}


@pytest.mark.parametrize(
    ("selection", "kind", "message"),
    [
        (
            "issues { totalCount ... on IssueConnection { edges { cursor } } }",
            "MISSING_PAGINATION_BOUNDARIES",
            "You must provide a `first` or `last` value to properly paginate the `issues` "
            "connection.",
        ),
        (
            "pullRequests { nodes { id } }",
            "MISSING_PAGINATION_BOUNDARIES",
            "You must provide a `first` or `last` value to properly paginate the `pullRequests` "
            "connection.",
        ),
        (
            "pullRequests(last: 101) { totalCount }",
            "EXCESSIVE_PAGINATION",
            "Requesting 101 records on the `pullRequests` connection exceeds the `last` limit of "
            "100 records.",
        ),
        (
            "issues(first: 0) { nodes { id } }",
            "ARGUMENT_LIMIT",
            "`first` on the `issues` connection cannot be less than 1.",
        ),
    ],
)
def test_a_connection_needs_a_length_from_1_to_100(
    simulate: Simulate, selection: str, kind: str, message: str
) -> None:
    simulator = simulate(ROCKET)
    body = ask(simulator, OF_ROCKET.format(selection)).json()
    assert [*body] == ["errors"]
    [error] = body["errors"]
    name = selection.partition("(")[0].split()[0]
    assert (error["type"], error["message"]) == (kind, message)
    assert error["path"] == ["repository", name]


def test_more_than_a_hundred_ids_are_an_error(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES)
    assert "errors" not in pulse(simulator, node_ids(simulator) * 25)
    body = pulse(simulator, [*node_ids(simulator) * 25, "R_kgDOLbcpyg"])
    assert body["data"] is None
    [error] = body["errors"]
    assert (error["type"], error["path"]) == ("ARGUMENT_LIMIT", ["nodes"])
    assert error["message"] == "You may not provide more than 100 node ids; you provided 101."


def test_a_query_of_too_many_possible_nodes_is_refused(simulate: Simulate) -> None:
    simulator = simulate(ROCKET)
    issues = "".join(f"i{n}: issues(first: 100) {{ nodes {{ id }} }} " for n in range(50))
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Repository {{ {issues} }} }} }}"
    assert "data" in ask(simulator, query, {"ids": ["R_nonsense"] * 99}).json()
    body = ask(simulator, query, {"ids": ["R_nonsense"] * 100}).json()
    assert [*body] == ["errors"]
    assert body["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"
    assert "up to 500,100 possible nodes" in body["errors"][0]["message"]


def test_a_query_of_more_repositories_than_the_server_bears_is_a_502_that_costs(
    simulate: Simulate,
) -> None:
    simulator = simulate(*SHAPES, graphql_batch=2, rules=LimitRules(points=10))
    ids = node_ids(simulator)
    assert "data" in pulse(simulator, ids[:2])
    response = ask(simulator, PULSE, {"ids": ids[:3]})
    assert (response.status_code, "Unicorn" in response.text) == (502, True)
    aliases = " ".join(f'r{n}: repository(owner: "acme", name: "{n}") {{ id }}' for n in "abc")
    assert ask(simulator, f"{{ {aliases} }}").status_code == 502
    assert [request.points for request in simulator.log] == [1, 1, 1]
    assert simulator.limits.points("mine").used == 3


def test_the_log_keeps_what_a_query_asked_for(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES)
    ids = node_ids(simulator)
    pulse(simulator, ids[1:3])
    get(simulator, URL)
    query, read = simulator.log
    assert query.variables == {"ids": ids[1:3]}
    assert json.loads(query.body)["query"] == PULSE
    assert (query.target, query.charged, query.points) == ("/graphql", False, 1)
    assert (read.body, read.variables, read.points) == (b"", {}, 0)
