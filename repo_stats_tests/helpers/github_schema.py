"""GitHub's own GraphQL schema, in a file that only some machines have."""

from functools import cache

from graphql import GraphQLSchema, build_schema

from repo_stats_tests.helpers.recorded import SHARED

GITHUB_SCHEMA = SHARED / "github-graphql-schema.graphql"


@cache
def github_schema() -> GraphQLSchema:
    """The schema, which takes seconds to read. It defines some fields twice, hence `assume`."""
    text = GITHUB_SCHEMA.read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True, no_location=True)
