"""One request to the API, and a usable response to it.

`refusals` decides what a refused request means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import PermanentError, TransientError
from repo_stats.github.http.addresses import find_next_page
from repo_stats.github.http.bodies import decode_json
from repo_stats.github.http.headers import Quota, is_sendable, read_date, read_etag, read_quota
from repo_stats.github.http.refusals import find_query_limit, read_error
from repo_stats.safe_text import holds_secret


@dataclass(frozen=True)
class RawResponse:
    """A response as it was received.

    Attributes:
        status: HTTP status.
        headers: keys are case-insensitive; a server may send anything as a value.
        body: the whole body, unpacked.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class ApiRequest:
    """The request of one call of `GitHubClient.get` or `query`, which describe the fields."""

    url: str
    repo: str
    shape: type[Any]
    etag: str | None = None
    etag_owner: str | None = None
    content: bytes | None = None

    @property
    def is_query(self) -> bool:
        """Whether it is a GraphQL query: a POST with a content."""
        return self.content is not None

    def etag_for(self, token: Token | None) -> str | None:
        """The ETag to send with a token; None if there is none that can be sent and can match.

        One that belongs to another token cannot match. One that is no header, which earlier
        versions stored, cannot be sent.
        """
        is_foreign = self.etag_owner is not None and (token is None or token.id != self.etag_owner)
        if self.etag is None or is_foreign or not is_sendable(self.etag):
            return None
        return self.etag


@dataclass(frozen=True)
class ApiResponse:
    """A usable response.

    Attributes:
        asked_at: this machine's time just before the request left (UTC).
        answered_at: this machine's time when the body had arrived (UTC).
        server_date: the server's time of the response, or this machine's if it is missing (UTC).
        etag: the validator to send with the next request, as received; None if there is none that
            can be sent.
        token_id: fingerprint of the token that the ETag belongs to; None if anonymous.
        next_url: the next page of a list.
        quota: the rate limit of the token, as the response states it; None if it states none.
        body: the decoded JSON; None after a 304: the stored content is unchanged.
    """

    asked_at: datetime
    answered_at: datetime
    server_date: datetime
    etag: str | None
    token_id: str | None
    next_url: str | None
    quota: Quota | None
    body: Any


def read_response(
    response: RawResponse,
    request: ApiRequest,
    token: Token | None,
    *,
    api_url: str,
    asked_at: datetime,
    answered_at: datetime,
) -> ApiResponse:
    """Read a response to a request.

    Args:
        response: the response, after all redirects.
        request: the request.
        token: the token that the request was sent with; None if it was anonymous.
        api_url: base URL of the API, which the next page has to be at.
        asked_at: when the request left (UTC).
        answered_at: when the body had arrived (UTC).

    Raises:
        GitHubError: GitHub refused the request, or the response cannot be used.
    """
    repo, is_unchanged = request.repo, response.status == 304
    if not (200 <= response.status < 300 or is_unchanged):
        raise read_error(
            response.status,
            response.headers,
            response.body,
            repo=repo,
            token_name=None if token is None else token.name,
        )
    _refuse_secrets(response, repo)
    if is_unchanged:
        _require_condition(request, token)
    return ApiResponse(
        asked_at=asked_at,
        answered_at=answered_at,
        server_date=read_date(response.headers),
        etag=read_etag(response.headers),
        token_id=None if token is None else token.id,
        next_url=find_next_page(request.url, response.headers.get("link", ""), api_url, repo),
        quota=read_quota(response.headers),
        body=None if is_unchanged else _read_body(response, request),
    )


def _require_condition(request: ApiRequest, token: Token | None) -> None:
    """Refuse a 304 to a request that had no condition.

    Raises:
        TransientError: it had none.
    """
    if request.etag_for(token) is None:
        raise TransientError(
            f"GitHub answered 304 for {request.repo} to an unconditional request; try again later."
        )


def _refuse_secrets(response: RawResponse, repo: str) -> None:
    """Refuse a response that repeats a secret, such as the token, so that nothing stores it.

    Raises:
        PermanentError: it does.
    """
    told = [*response.headers.values(), response.body.decode("latin-1")]
    if any(map(holds_secret, told)):
        raise PermanentError(
            f"GitHub's response for {repo} repeats a secret of this machine, so it is not stored; "
            "check REPO_STATS_API_URL."
        )


def _read_body(response: RawResponse, request: ApiRequest) -> Any:
    """The decoded body.

    Raises:
        GitHubError: it is of no use, or tells of a limit that stopped a query.
    """
    body = _decode(response, request.repo, request.shape)
    if request.is_query and (limit := find_query_limit(response.headers, body, request.repo)):
        raise limit
    return body


def _decode(response: RawResponse, repo: str, shape: type[Any]) -> Any:
    try:
        body = decode_json(response.body)
    except ValueError as error:
        raise TransientError(
            f"GitHub's response for {repo} is cut off or not JSON; try again later."
        ) from error
    if not isinstance(body, shape):
        raise TransientError(
            f"GitHub's response for {repo} is a {type(body).__name__} instead of a "
            f"{shape.__name__}; try again later."
        )
    return body
