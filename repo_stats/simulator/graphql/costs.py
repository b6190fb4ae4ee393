"""What a query costs, by GitHub's rules, and whether it asks for too much.

Only its text and its variables count, not what it finds: each connection is taken to be as long as
the query allows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import get_argument_values, get_directive_values

from repo_stats.simulator.graphql.documents import Query
from repo_stats.simulator.graphql.errors import QueryRefusedError, describe

MOST_NODES = 500_000

MOST_RECORDS = 100

_ROOTS = ("node", "repository")
"""The fields of a query that find one node each."""


@dataclass
class Cost:
    """What a query asks for.

    Attributes:
        connections: how many connections it opens.
        nodes: how many nodes it can find.
        repositories: how many of them the query itself names.
    """

    connections: int = 0
    nodes: int = 0
    repositories: int = 0

    @property
    def points(self) -> int:
        """The points that it costs."""
        return max(1, round((1 + self.connections) / 100))


def measure(schema: GraphQLSchema, query: Query) -> Cost:
    """What a query costs.

    Raises:
        QueryRefusedError: it asks for more than GitHub allows.
    """
    measuring = _Measuring(schema, query)
    root = schema.query_type
    assert root is not None  # noqa: S101
    measuring.add(root, query.operation.selection_set, 1, ())
    nodes = measuring.cost.nodes
    if nodes > MOST_NODES:
        message = (
            f"This query requests up to {nodes:,} possible nodes which exceeds the maximum limit "
            f"of {MOST_NODES:,}."
        )
        raise QueryRefusedError(describe("MAX_NODE_LIMIT_EXCEEDED", message))
    return measuring.cost


@dataclass
class _Measuring:
    """A walk through a query."""

    schema: GraphQLSchema
    query: Query
    cost: Cost = field(default_factory=Cost)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        definitions = self.query.document.definitions
        self._fragments = {
            definition.name.value: definition
            for definition in definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def add(
        self, parent: Any, selections: SelectionSetNode, times: int, path: tuple[str, ...]
    ) -> None:
        """Add what is selected of an object that is found a number of times."""
        for kind, node in self._fields(parent, selections):
            name = node.name.value
            if name.startswith("__"):
                continue
            place = (*path, (node.alias or node.name).value)
            definition = kind.fields[name]
            arguments = get_argument_values(definition, node, self.query.variables)
            found = self._count(definition, node, arguments, times, place)
            below = get_named_type(definition.type)
            if node.selection_set is not None:
                self.add(below, node.selection_set, found, place)

    def _count(
        self,
        definition: GraphQLField,
        node: FieldNode,
        arguments: dict[str, Any],
        times: int,
        place: tuple[str, ...],
    ) -> int:
        """Count a field; returns how often what is below it is found."""
        is_new = place not in self._seen
        self._seen.add(place)
        if len(place) == 1:
            count = len(arguments["ids"]) if "ids" in arguments else node.name.value in _ROOTS
            self.cost.repositories += count * is_new
            self.cost.nodes += count * is_new
            return max(1, count)
        below = get_named_type(definition.type)
        if not below.name.endswith("Connection"):
            return times
        records = _records(node, arguments, place)
        if records is None and self._selects_records(below, node):
            raise _missing_limit(node.name.value, place)
        records = records or 0
        self.cost.connections += times * is_new
        self.cost.nodes += times * records * is_new
        return times * max(1, records)

    def _fields(
        self, parent: Any, selections: SelectionSetNode
    ) -> Iterator[tuple[GraphQLObjectType, FieldNode]]:
        """The fields that are selected, each with the type that it belongs to."""
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield parent, node
                continue
            inline = isinstance(node, InlineFragmentNode)
            fragment: Any = node if inline else self._fragments[node.name.value]  # type: ignore[attr-defined]
            condition = fragment.type_condition
            kind = self.schema.type_map[condition.name.value] if condition else parent
            yield from self._fields(kind, fragment.selection_set)

    def _selects_records(self, connection: Any, node: FieldNode) -> bool:
        """Whether more of a connection is selected than its count."""
        selections = node.selection_set
        return selections is not None and any(
            below.name.value in ("nodes", "edges")
            for _, below in self._fields(connection, selections)
        )

    def _is_included(self, node: SelectionNode) -> bool:
        variables = self.query.variables
        skip = get_directive_values(GraphQLSkipDirective, node, variables)
        include = get_directive_values(GraphQLIncludeDirective, node, variables)
        return not (skip and skip["if"]) and not (include and not include["if"])


def _records(node: FieldNode, arguments: dict[str, Any], place: tuple[str, ...]) -> int | None:
    """How many records a connection asks for, if it says so.

    Raises:
        QueryRefusedError: it asks for too many, or for none.
    """
    name = node.name.value
    for limit in ("first", "last"):
        records: int | None = arguments.get(limit)
        if records is None:
            continue
        if records > MOST_RECORDS:
            message = (
                f"Requesting {records} records on the `{name}` connection exceeds the `{limit}` "
                f"limit of {MOST_RECORDS} records."
            )
            raise QueryRefusedError(describe("EXCESSIVE_PAGINATION", message, place))
        if records < 1:
            message = f"`{limit}` on the `{name}` connection cannot be less than 1."
            raise QueryRefusedError(describe("ARGUMENT_LIMIT", message, place))
        return records
    return None


def _missing_limit(name: str, place: tuple[str, ...]) -> QueryRefusedError:
    message = (
        f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
    )
    return QueryRefusedError(describe("MISSING_PAGINATION_BOUNDARIES", message, place))
