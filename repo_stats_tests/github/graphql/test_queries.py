"""The queries: where they are sent, what they ask for, and that GitHub would answer them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate

from repo_stats.github.graphql.queries import (
    CONNECTIONS,
    FULL_CONNECTIONS,
    ask_by_id,
    ask_by_name,
    graphql_url,
)
from repo_stats.simulator.graphql.costs import measure
from repo_stats.simulator.graphql.documents import load_schema, read_query
from repo_stats_tests.helpers.github_schema import GITHUB_SCHEMA, github_schema

QUERIES = {
    "by id": ask_by_id(["R_1", "R_2"], full=False),
    "by id, in full": ask_by_id(["R_1"], full=True),
    "by name": ask_by_name(["a/b", "c/d"], full=False),
    "by name, in full": ask_by_name(["a/b"], full=True),
}
"""A query of each kind that is ever sent."""

of_each_kind = pytest.mark.parametrize("content", QUERIES.values(), ids=QUERIES.keys())


def find_mistakes(schema: GraphQLSchema, content: bytes) -> list[str]:
    posted: dict[str, Any] = json.loads(content)
    return [error.message for error in validate(schema, parse(posted["query"]))]


@of_each_kind
def test_every_query_is_valid_by_githubs_own_schema(content: bytes) -> None:
    if not GITHUB_SCHEMA.exists():
        pytest.skip("needs GitHub's GraphQL schema in ../shared")
    assert find_mistakes(github_schema(), content) == []


@of_each_kind
def test_every_query_is_valid_by_the_simulated_schema(content: bytes) -> None:
    assert find_mistakes(load_schema(), content) == []
    spoilt = content.replace(b"stargazerCount", b"stars")
    assert find_mistakes(load_schema(), spoilt) != []


@pytest.mark.parametrize("ask", [ask_by_id, ask_by_name])
def test_a_hundred_repositories_cost_as_many_points_as_each_opens_connections(
    ask: Callable[..., bytes],
) -> None:
    points = []
    for full in (False, True):
        content = ask([f"a/{n}" for n in range(100)], full=full)
        points.append(measure(load_schema(), read_query(load_schema(), content)).points)
    assert points == [CONNECTIONS, FULL_CONNECTIONS]


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.github.com/", "https://api.github.com/graphql"),
        ("https://host/api/v3", "https://host/api/graphql"),
        ("https://host/api/v3/", "https://host/api/graphql"),
        ("http://127.0.0.1:80/x/api/v3", "http://127.0.0.1:80/x/api/graphql"),
    ],
)
def test_graphql_is_served_beside_the_rest_api(api_url: str, expected: str) -> None:
    assert graphql_url(api_url) == expected


def test_ids_and_names_are_sent_as_variables_and_never_as_text_of_the_query() -> None:
    by_id = json.loads(ask_by_id(['R_1"'], full=True))
    assert by_id["variables"] == {"ids": ['R_1"'], "full": True}
    by_name = json.loads(ask_by_name(['a/b"', "c/d"], full=False))
    assert by_name["variables"] == {
        "full": False,
        "o0": "a",
        "n0": 'b"',
        "o1": "c",
        "n1": "d",
    }
    assert "R_1" not in by_id["query"]
    assert 'b"' not in by_name["query"]
