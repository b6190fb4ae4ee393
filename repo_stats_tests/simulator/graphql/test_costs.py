"""The cost of queries over a schema whose connections are inside one another."""

import json

import pytest
from graphql import build_schema

from repo_stats.simulator.graphql.costs import Cost, measure
from repo_stats.simulator.graphql.documents import read_query
from repo_stats.simulator.graphql.errors import QueryRefusedError

SCHEMA = build_schema(
    """
    type Query { viewer: Thing!, node(id: ID!): Thing, nodes(ids: [ID!]!): [Thing]! }
    type Thing { id: ID!, other: Thing, things(first: Int, last: Int): ThingConnection! }
    type ThingConnection { nodes: [Thing], edges: [ThingEdge], totalCount: Int! }
    type ThingEdge { node: Thing }
    """
)

IN_DEPTH = """{ viewer { things(first: 100) { nodes {
  things(first: 50) { edges { node { things(last: 60) { nodes { id } } } } }
} } } }"""
"""The example in GitHub's documentation."""

TWICE = '{ a: node(id: "a") { id } ...F } fragment F on Query { a: node(id: "a") { id } }'


def cost_of(text: str, **variables: object) -> Cost:
    body = json.dumps({"query": text, "variables": variables}).encode()
    return measure(SCHEMA, read_query(SCHEMA, body))


@pytest.mark.parametrize(
    ("text", "connections", "nodes", "repositories"),
    [
        (IN_DEPTH, 5_101, 305_100, 0),
        ("{ viewer { id } }", 0, 0, 0),
        ('{ node(id: "a") { things { totalCount } } }', 1, 1, 1),
        ('{ nodes(ids: ["a", "b", "c"]) { things(first: 2) { nodes { id } } } }', 3, 9, 3),
        ('{ a: node(id: "a") { id } b: nodes(ids: ["b"]) { id } }', 0, 2, 2),
        (
            '{ a: node(id: "a") { id } ...F } fragment F on Query { a: node(id: "a") { id } }',
            *(0, 1, 1),
        ),
        ("{ viewer { __typename things { totalCount } } }", 1, 0, 0),
        ("{ viewer { other { things { totalCount } } things { totalCount } } }", 2, 0, 0),
        ("{ viewer { ... { things { totalCount } } } }", 1, 0, 0),
        ("{ viewer { id @skip(if: true) things { totalCount } } }", 1, 0, 0),
        ("{ viewer { things @skip(if: false) { totalCount } } }", 1, 0, 0),
        ("{ viewer { things @include(if: true) { totalCount } } }", 1, 0, 0),
        ("{ viewer { things @include(if: false) { totalCount } id } }", 0, 0, 0),
    ],
)
def test_a_connection_counts_as_often_as_what_it_is_inside_of(
    text: str, connections: int, nodes: int, repositories: int
) -> None:
    assert cost_of(text) == Cost(connections, nodes, repositories)


@pytest.mark.parametrize(
    ("connections", "points"), [(0, 1), (148, 1), (150, 2), (5_101, 51), (249_999, 2_500)]
)
def test_a_hundred_connections_are_a_point(connections: int, points: int) -> None:
    assert Cost(connections).points == points


@pytest.mark.parametrize(("ids", "is_refused"), [(50, False), (51, True)])
def test_the_limit_of_nodes_is_half_a_million(ids: int, is_refused: bool) -> None:
    text = """query ($ids: [ID!]!) { nodes(ids: $ids) { things(first: 100) { nodes {
      things(first: 98) { nodes { id } } things(first: 98) { nodes { id } }
    } } } }"""
    if is_refused:
        with pytest.raises(QueryRefusedError, match="maximum limit of 500,000"):
            cost_of(text, ids=["a"] * ids)
    else:
        assert cost_of(text, ids=["a"] * ids).nodes == 495_050
