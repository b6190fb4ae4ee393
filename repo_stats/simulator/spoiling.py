"""What faults make of good responses."""

import json
from typing import Any

from starlette.responses import Response

from repo_stats.simulator.faults import FaultKind
from repo_stats.simulator.responses import JSON_TYPE, MEDIA_TYPE, error, json_response, unpack
from repo_stats.simulator.world import JsonObject

SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)

EXHAUSTED = "API rate limit exceeded."

RATE_LIMITED = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}

_RATE_LIMIT = {
    "type": "RATE_LIMIT",
    "code": "graphql_rate_limit",
    "message": "API rate limit already exceeded for user ID 1.",
}

_TIMEOUT = {
    "message": "Something went wrong while executing your query. This may be the result of a "
    "timeout, or it could be a GitHub bug. Please include `E5B8:B01C:D98DD:DCD1A:64218DAF` when "
    "reporting this issue."
}

_UNICORN = "<html><body><h1>Unicorn!</h1></body></html>"


def spoil(response: Response, fault: FaultKind, now: float) -> Response:
    """The response that a fault makes of a good one; the caller cuts connections."""
    match fault:
        case FaultKind.SERVER_ERROR:
            return error(500, "Server Error")
        case FaultKind.BAD_GATEWAY:
            return bad_gateway()
        case FaultKind.NOT_JSON:
            return Response(_UNICORN, 200, MEDIA_TYPE, JSON_TYPE)
        case FaultKind.WRONG_SHAPE:
            is_object = unpack(response).startswith(b"{")
            return json_response([] if is_object else {"unexpected": "shape"})
        case FaultKind.EMPTY_LIST:
            return json_response([])
        case FaultKind.TIMEOUT:
            return json_response({"errors": [_TIMEOUT]})
        case FaultKind.PARTIAL:
            return _remove_some(response)
        case FaultKind.RESET | FaultKind.TRUNCATED:
            return response
    return _refuse(fault, now)


def bad_gateway() -> Response:
    """GitHub's response when it gave up after ten seconds."""
    return Response(_UNICORN, 502, MEDIA_TYPE, JSON_TYPE)


def _refuse(fault: FaultKind, now: float) -> Response:
    """The response of a limit."""
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now) + 1)}
    match fault:
        case FaultKind.EXHAUSTED:
            return error(403, EXHAUSTED, headers=reset)
        case FaultKind.RATE_LIMITED:
            return json_response({"errors": [RATE_LIMITED]}, headers=reset)
        case FaultKind.RATE_LIMIT:
            return json_response({"errors": [_RATE_LIMIT]}, headers=reset)
        case FaultKind.RETRY_AFTER:
            return error(429, SECONDARY, headers={"retry-after": "1"})
    return error(403, SECONDARY)


def _remove_some(response: Response) -> Response:
    """The data of a query without every second repository, and an error for each of those."""
    content = unpack(response)
    if not content:  # nothing was modified
        return response
    body = json.loads(content)
    data = body.get("data") if isinstance(body, dict) else None
    if data is None:
        return response
    errors = body.setdefault("errors", [])
    nodes = data.get("nodes", [])
    for position in range(1, len(nodes), 2):
        _remove(nodes, ["nodes", position], errors)
    aliases = [alias for alias in data if alias not in ("nodes", "rateLimit")]
    for alias in aliases[1::2]:
        _remove(data, [alias], errors)
    return json_response(body)


def _remove(container: Any, path: list[str | int], errors: list[JsonObject]) -> None:
    """Put null in place of an object, with an error about the last of its fields."""
    removed = container[path[-1]]
    container[path[-1]] = None
    message = "Resource limits for this query exceeded."
    below = [*removed][-1:] if removed else []
    errors.append({"type": "RESOURCE_LIMITS_EXCEEDED", "path": [*path, *below], "message": message})
