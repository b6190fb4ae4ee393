"""What faults make of good responses."""

from starlette.responses import Response

from repo_stats.simulator.faults import FaultKind
from repo_stats.simulator.responses import JSON_TYPE, MEDIA_TYPE, error, holds_object, json_response

SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)

EXHAUSTED = "API rate limit exceeded."

_UNICORN = "<html><body><h1>Unicorn!</h1></body></html>"


def spoil(response: Response, fault: FaultKind, now: float) -> Response:
    """The response that a fault makes of a good one; the caller cuts connections."""
    match fault:
        case FaultKind.SERVER_ERROR:
            return error(500, "Server Error")
        case FaultKind.BAD_GATEWAY:
            return Response(_UNICORN, 502, MEDIA_TYPE, JSON_TYPE)
        case FaultKind.NOT_JSON:
            return Response(_UNICORN, 200, MEDIA_TYPE, JSON_TYPE)
        case FaultKind.WRONG_SHAPE:
            return json_response([] if holds_object(response) else {"unexpected": "shape"})
        case FaultKind.EMPTY_LIST:
            return json_response([])
        case FaultKind.EXHAUSTED:
            reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now) + 1)}
            return error(403, EXHAUSTED, headers=reset)
        case FaultKind.SECONDARY:
            return error(403, SECONDARY)
        case FaultKind.RETRY_AFTER:
            return error(429, SECONDARY, headers={"retry-after": "1"})
        case FaultKind.RESET | FaultKind.TRUNCATED:
            return response
