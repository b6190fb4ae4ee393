"""Responses on the wire: JSON bodies, API versions, error objects, validators and compression.

`contents.py` decides what a response contains. `simulator.py` adds the `Date` header and those of
the rate limits to every response.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

ENTERPRISE_PATH = "/api/v3"

DOCS = "https://docs.github.com/rest"

JSON_TYPE = "application/json; charset=utf-8"

MEDIA_TYPE = {"x-github-media-type": "github.v3; format=json"}


_DROPPED = {
    *("assignee", "has_downloads", "master_branch", "rate", "use_squash_pr_title_as_default"),
}
"""Fields that the API version 2026-03-10 removed from objects."""


def dump(body: Any) -> bytes:
    """The bytes of a JSON body."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def in_version(request: Request, item: dict[str, Any]) -> dict[str, Any]:
    """An object in the API version that a request asks for."""
    if request.headers.get("x-github-api-version") != "2026-03-10":
        return item
    return {key: value for key, value in item.items() if key not in _DROPPED}


def json_response(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON response without compression and without a validator."""
    return Response(dump(body), status, {**MEDIA_TYPE, **(headers or {})}, JSON_TYPE)


def error(
    status: int,
    message: str,
    documentation_url: str = DOCS,
    headers: Mapping[str, str] | None = None,
    errors: Any = None,
) -> Response:
    """GitHub's error object; `errors` are those of a failed validation."""
    body = {"message": message, "documentation_url": documentation_url, "status": str(status)}
    return json_response(body if errors is None else {**body, "errors": errors}, status, headers)


def conditional(request: Request, caller: str | None, body: bytes, *, validated: bytes) -> Response:
    """A response with a validator, or a 304 if the request sent the same validator.

    The validator is weak if the body is compressed, as GitHub's are.

    Args:
        request: the request.
        caller: the token that it was sent with, if any; each token has validators of its own.
        body: the body, not compressed.
        validated: what the validator covers.
    """
    is_compressed = _accepts_gzip(request)
    etag = f'"{hashlib.sha256(f"{caller} ".encode() + validated).hexdigest()}"'
    headers = {
        **MEDIA_TYPE,
        "etag": f"W/{etag}" if is_compressed else etag,
        "cache-control": f"{'private' if caller else 'public'}, max-age=60, s-maxage=60",
        "vary": "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding",
    }
    sent = request.headers.get("if-none-match", "").split(",")
    if etag in [tag.strip().removeprefix("W/") for tag in sent]:
        return Response(status_code=304, headers=headers)
    return packed(request, body, headers)


def packed(request: Request, body: bytes, headers: Mapping[str, str] = MEDIA_TYPE) -> Response:
    """A response that is compressed if the request allows it."""
    if not _accepts_gzip(request):
        return Response(body, 200, headers, JSON_TYPE)
    body = gzip.compress(body, compresslevel=1, mtime=0)
    return Response(body, 200, {**headers, "content-encoding": "gzip"}, JSON_TYPE)


def unpack(response: Response) -> bytes:
    """The body of a response, not compressed."""
    body = bytes(response.body)
    is_compressed = response.headers.get("content-encoding") == "gzip"
    return gzip.decompress(body) if is_compressed else body


def _accepts_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def base_url(request: Request) -> str:
    """The address of the API that a request was sent to."""
    prefix = ENTERPRISE_PATH if request.url.path.startswith(f"{ENTERPRISE_PATH}/") else ""
    parts = urlsplit(str(request.url))
    return f"{parts.scheme}://{parts.netloc}{prefix}"
