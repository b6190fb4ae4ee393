"""Responses to queries: what is refused, what is charged, and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import execute_sync
from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.exchanges import Answer
from repo_stats.simulator.graphql.costs import Cost, measure
from repo_stats.simulator.graphql.documents import Query, read_query
from repo_stats.simulator.graphql.errors import QueryRefusedError, describe, describe_raised
from repo_stats.simulator.graphql.items import ItemLists
from repo_stats.simulator.graphql.reading import AfterField, Reading
from repo_stats.simulator.graphql.resolvers import served_schema
from repo_stats.simulator.limits import Limits, Quota
from repo_stats.simulator.node_ids import repository_id
from repo_stats.simulator.objects import stamp_at
from repo_stats.simulator.responses import dump, error, json_response, packed
from repo_stats.simulator.spoiling import RATE_LIMITED, SECONDARY, bad_gateway
from repo_stats.simulator.world import JsonObject, World

FORBIDDEN = "Resource not accessible by personal access token"


@dataclass(frozen=True)
class Circumstances:
    """What a query is answered under.

    Attributes:
        world: the repositories.
        limits: the rate limits.
        payer: whose points it costs.
        is_forbidden: whether its token may not use GraphQL.
        batch: how many repositories a query can name, or None for any number.
        lag: of how many changes ago repositories are shown.
        after_field: called after each field, or None if nothing waits for one.
    """

    world: World
    limits: Limits
    payer: str
    is_forbidden: bool
    batch: int | None
    lag: int
    after_field: AfterField | None


@dataclass
class Endpoint:
    """Responds to queries, and keeps the lists that it has made of items."""

    _items: ItemLists = field(default_factory=ItemLists)

    def respond(self, request: Request, body: bytes, under: Circumstances) -> Answer:
        """The response to a query, after checks in the order of GitHub's."""
        schema = served_schema()
        try:
            query = read_query(schema, body)
            if under.is_forbidden:
                raise QueryRefusedError(describe("FORBIDDEN", FORBIDDEN))
            cost = measure(schema, query)
        except ValueError as reason:
            return Answer(error(400, str(reason)))
        except QueryRefusedError as refusal:
            return Answer(_refuse(*refusal.errors))
        refused = _charge(cost, under)
        if refused is not None:
            return Answer(refused)
        if under.batch is not None and cost.repositories > under.batch:
            return Answer(bad_gateway(), cost.points)
        return self._carry_out(request, query, cost, under)

    def _carry_out(
        self, request: Request, query: Query, cost: Cost, under: Circumstances
    ) -> Answer:
        has_limits = under.limits.rules.enabled
        quota = under.limits.points(under.payer)
        reading = Reading(
            under.world,
            self._items,
            under.lag,
            request.headers.get("x-github-next-global-id") == "1",
            _describe_limit(quota, cost) if has_limits else None,
            under.after_field,
        )
        result = execute_sync(
            served_schema(),
            query.document,
            context_value=reading,
            variable_values=query.sent,
            operation_name=query.operation.name.value if query.operation.name else None,
        )
        body: JsonObject = {"data": result.data}
        if result.errors:
            body["errors"] = [describe_raised(reason) for reason in result.errors]
        if reading.legacy_ids and not reading.uses_new_ids:
            warnings = [_warn(old, number) for old, number in reading.legacy_ids.items()]
            body["extensions"] = {"warnings": warnings}
        return Answer(packed(request, dump(body)), cost.points, reading.found)


def _charge(cost: Cost, under: Circumstances) -> Response | None:
    """Charge a query; returns the response in place of its own if a limit forbids it."""
    limits = under.limits
    if not limits.rules.enabled:
        return None
    quota = limits.points(under.payer)
    if cost.points > quota.remaining:
        return _refuse(RATE_LIMITED)
    if limits.are_too_many_points(cost.points):
        return error(403, SECONDARY)
    quota.used += cost.points
    return None


def _refuse(*errors: Mapping[str, object]) -> Response:
    """The response to a query that is not carried out: it has no data."""
    return json_response({"errors": errors})


def _describe_limit(quota: Quota, cost: Cost) -> JsonObject:
    return {
        "cost": cost.points,
        "limit": quota.limit,
        "nodeCount": cost.nodes,
        "remaining": quota.remaining,
        "resetAt": stamp_at(quota.resets_at),
        "used": quota.used,
    }


def _warn(legacy_id: str, number: int) -> JsonObject:
    """GitHub's warning about an id of the legacy form."""
    new_id = repository_id(number)
    return {
        "type": "DEPRECATION",
        "message": f"The id {legacy_id} is deprecated. Update your cache to use the "
        "next_global_id from the data payload.",
        "data": {"legacy_global_id": legacy_id, "next_global_id": new_id},
        "link": "https://docs.github.com",
    }
