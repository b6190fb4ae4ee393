"""Errors as GitHub's GraphQL API writes them, with a type beside the message."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from repo_stats.simulator.world import JsonObject

WENT_WRONG = (
    "Something went wrong while executing your query on 2026-09-01T12:00:00Z. Please include "
    "`E5B8:B01C:D98DD:DCD1A:64218DAF` when reporting this issue."
)


class ApiError(Exception):
    """An error of one field, which becomes null; the message is GitHub's.

    Attributes:
        kind: GitHub's type of it, or None for one without a type.
    """

    def __init__(self, kind: str | None, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class QueryRefusedError(Exception):
    """A query that is not carried out.

    Attributes:
        errors: why, as GitHub's error objects.
    """

    def __init__(self, *errors: JsonObject) -> None:
        super().__init__(*(error["message"] for error in errors))
        self.errors = errors


def describe(
    kind: str | None,
    message: str,
    path: Sequence[str | int] | None = None,
    locations: Any = None,
) -> JsonObject:
    """GitHub's object for an error; what is unknown is left out."""
    parts = {"type": kind, "path": path, "locations": locations}
    return {key: part for key, part in parts.items() if part is not None} | {"message": message}


def describe_raised(error: GraphQLError) -> JsonObject:
    """GitHub's object for an error that was found or raised by graphql-core."""
    raised = error.original_error
    kind = raised.kind if isinstance(raised, ApiError) else None
    locations = error.formatted.get("locations")
    return describe(kind, error.message, error.path, locations)
