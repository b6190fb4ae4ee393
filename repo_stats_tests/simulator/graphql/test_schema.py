"""The schema of the simulated GraphQL API compared with GitHub's own, and who pays for it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_required_argument,
    is_required_input_field,
)

from repo_stats import simulator
from repo_stats.simulator.graphql.documents import load_schema
from repo_stats_tests.helpers.github_schema import GITHUB_SCHEMA, github_schema


def differences(ours: GraphQLSchema, theirs: GraphQLSchema) -> list[str]:
    """What of our schema is missing in GitHub's, or is different there."""
    found: list[str] = []
    for name, kind in ours.type_map.items():
        if not name.startswith("__"):
            other = theirs.type_map.get(name)
            found += [name] if type(other) is not type(kind) else _in_type(kind, other)
    return found


def _in_type(ours: GraphQLNamedType, theirs: Any) -> Iterator[str]:
    if isinstance(ours, GraphQLEnumType):
        yield from (f"{ours.name}.{value}" for value in ours.values if value not in theirs.values)
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        interfaces = {interface.name for interface in theirs.interfaces}
        yield from (f"{ours.name}:{i.name}" for i in ours.interfaces if i.name not in interfaces)
        for name, field in ours.fields.items():
            other = theirs.fields.get(name)
            if other is None or str(other.type) != str(field.type):
                yield f"{ours.name}.{name}"
            else:
                inputs = (field.args, other.args, is_required_argument)
                yield from _in_inputs(f"{ours.name}.{name}", *inputs)
    if isinstance(ours, GraphQLInputObjectType):
        yield from _in_inputs(ours.name, ours.fields, theirs.fields, is_required_input_field)


def _in_inputs(place: str, ours: Any, theirs: Any, is_required: Any) -> Iterator[str]:
    """Differences of arguments, or of the fields of an input; a required one cannot be left out."""
    for name, value in ours.items():
        other = theirs.get(name)
        described = other and (str(other.type), other.default_value)
        if described != (str(value.type), value.default_value):
            yield f"{place}({name})"
    for name, value in theirs.items():
        if is_required(value) and name not in ours:
            yield f"{place}({name})"


def test_all_of_the_simulated_schema_is_in_githubs() -> None:
    if not GITHUB_SCHEMA.exists():
        pytest.skip("needs GitHub's GraphQL schema in ../shared")
    assert differences(load_schema(), github_schema()) == []


THEIRS = """
interface Node { id: ID! }
interface Actor { login: String! }
enum Order { ASC DESC }
input Filter { since: String, by: String! }
type Query implements Node { id: ID!, found(first: Int = 3, by: Filter, order: Order!): [Query!] }
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        (", order: Order!", "", ["Query.found(order)"]),
        ("by: String!", "by: String", ["Filter(by)"]),
        (", by: String!", "", ["Filter(by)"]),
        ("since: String,", "since: Int,", ["Filter(since)"]),
        ("ASC DESC", "ASC UP", ["Order.UP"]),
        ("Int = 3", "Int = 4", ["Query.found(first)"]),
        ("Int = 3", "Int! = 3", ["Query.found(first)"]),
        ("[Query!]", "[Query]", ["Query.found"]),
        ("found(", "sought(", ["Query.sought"]),
        ("order: Order!)", "order: Order!, last: Int)", ["Query.found(last)"]),
        ("Query implements Node {", "Query implements Node & Actor { login: String!, ", None),
        ("enum Order", "enum Way { A } enum Order", ["Way"]),
    ],
)
def test_a_difference_between_two_schemas_is_found(
    old: str, new: str, expected: list[str] | None
) -> None:
    found = differences(build_schema(THEIRS.replace(old, new, 1)), build_schema(THEIRS))
    assert found == (["Query:Actor", "Query.login"] if expected is None else expected)


def test_the_rest_of_the_simulator_imports_graphql_only_when_a_query_comes() -> None:
    importing = []
    for path in Path(simulator.__path__[0]).glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in getattr(node, "names", [])]
            importing += [(path.name, name) for name in names if "graphql" in name]
    assert importing == []
    assert "graphql.endpoint import" in (Path(simulator.__path__[0]) / "simulator.py").read_text()
