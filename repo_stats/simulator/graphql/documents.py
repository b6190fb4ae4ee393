"""Queries as they arrive: read, held against the schema, and with the values of their variables."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from repo_stats.simulator.graphql.errors import QueryRefusedError, describe, describe_raised

SCHEMA = Path(__file__).parents[1] / "schema.graphql"


@dataclass(frozen=True)
class Query:
    """A query that can be carried out.

    Attributes:
        document: the text, parsed.
        operation: the operation of it that is carried out.
        variables: the values of its variables, as the schema reads them.
        sent: the same as they were sent.
    """

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    sent: dict[str, Any]


def load_schema() -> GraphQLSchema:
    """The schema that queries are held against, with nothing that its fields are read from."""
    return build_schema(SCHEMA.read_text(encoding="utf-8"))


def read_query(schema: GraphQLSchema, body: bytes) -> Query:
    """The query in the body of a request.

    Raises:
        ValueError: the body holds no query.
        QueryRefusedError: the query is malformed, or does not fit the schema.
    """
    try:
        posted = json.loads(body)
    except ValueError:
        raise ValueError("Problems parsing JSON") from None
    text = posted.get("query") if isinstance(posted, dict) else None
    if not isinstance(text, str):
        raise ValueError("A query attribute must be specified and must be a string.")
    document = _read_document(schema, text)
    operation = get_operation_ast(document, posted.get("operationName"))
    if operation is None:
        raise QueryRefusedError(describe(None, "An operation name is required"))
    sent = posted.get("variables") or {}
    variables = get_variable_values(schema, operation.variable_definitions, sent)
    if isinstance(variables, list):
        raise QueryRefusedError(*map(describe_raised, variables))
    return Query(document, operation, variables, sent)


@lru_cache(maxsize=256)
def _parse(schema: GraphQLSchema, text: str) -> DocumentNode | list[GraphQLError]:
    """A text as a document, or what is wrong with it; each text is read once."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return [error]
    return validate(schema, document) or document


def _read_document(schema: GraphQLSchema, text: str) -> DocumentNode:
    found = _parse(schema, text)
    if isinstance(found, list):
        raise QueryRefusedError(*map(describe_raised, found))
    return found
