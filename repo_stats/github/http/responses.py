"""One request to the API, and a usable response to it.

`refusals` decides what a refused request means.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import PermanentError, TransientError
from repo_stats.github.http.headers import read_date
from repo_stats.github.http.refusals import read_error
from repo_stats.safe_text import holds_secret


@dataclass(frozen=True)
class ApiRequest:
    """The request of one call of `GitHubClient.get`, which describes the fields."""

    url: str
    repo: str
    shape: type[Any]
    etag: str | None
    etag_owner: str | None

    def etag_for(self, token: Token | None) -> str | None:
        """The ETag to send with a token; None if it belongs to another token and cannot match."""
        is_foreign = self.etag_owner is not None and (token is None or token.id != self.etag_owner)
        return None if is_foreign else self.etag


@dataclass(frozen=True)
class ApiResponse:
    """A usable response.

    Attributes:
        asked_at: this machine's time just before the request left (UTC).
        answered_at: this machine's time when the body had arrived (UTC).
        server_date: the server's time of the response, or this machine's if it is missing (UTC).
        etag: the validator to send with the next request, as received.
        token_id: fingerprint of the token that the ETag belongs to; None if anonymous.
        next_url: the next page of a list.
        body: the decoded JSON; None after a 304: the stored content is unchanged.
    """

    asked_at: datetime
    answered_at: datetime
    server_date: datetime
    etag: str | None
    token_id: str | None
    next_url: str | None
    body: Any


def read_response(
    response: httpx.Response,
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
    repo, is_unchanged = request.repo, response.status_code == 304
    if not (response.is_success or is_unchanged):
        raise read_error(
            response.status_code,
            response.headers,
            response.text,
            repo=repo,
            token_name=None if token is None else token.name,
        )
    _refuse_secrets(response, repo)
    if is_unchanged and request.etag_for(token) is None:
        raise TransientError(
            f"GitHub answered 304 for {repo} to an unconditional request; try again later."
        )
    return ApiResponse(
        asked_at=asked_at,
        answered_at=answered_at,
        server_date=read_date(response.headers),
        etag=response.headers.get("etag"),
        token_id=None if token is None else token.id,
        next_url=_read_next_url(response, api_url, repo),
        body=None if is_unchanged else _decode(response, repo, request.shape),
    )


def _refuse_secrets(response: httpx.Response, repo: str) -> None:
    """Refuse a response that repeats a secret, such as the token, so that nothing stores it.

    Raises:
        PermanentError: it does.
    """
    told = [*response.headers.values(), response.content.decode("latin-1")]
    if any(map(holds_secret, told)):
        raise PermanentError(
            f"GitHub's response for {repo} repeats a secret of this machine, so it is not stored; "
            "check REPO_STATS_API_URL."
        )


def require_same_origin(url: str, asked_url: str, repo: str) -> None:
    """Refuse an address whose scheme, host or port differs from the requested one.

    Raises:
        PermanentError: one of them differs.
    """
    there, here = urlsplit(url), urlsplit(asked_url)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise PermanentError(
            f"GitHub's response for {repo} leads to another host, {there.netloc or url!r}, which "
            "does not get the token; check REPO_STATS_API_URL."
        )


def _read_next_url(response: httpx.Response, api_url: str, repo: str) -> str | None:
    url = response.links.get("next", {}).get("url")
    if url is not None:
        require_same_origin(url, api_url, repo)
    return url


def _decode(response: httpx.Response, repo: str, shape: type[Any]) -> Any:
    try:
        body = json.loads(response.content)
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
