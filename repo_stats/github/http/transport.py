"""Sends single requests when it may, follows redirects, and counts what was sent."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from types import TracebackType

from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import GitHubError, PermanentError, UnreachableError
from repo_stats.github.http.addresses import follow_redirect
from repo_stats.github.http.connection import Connection
from repo_stats.github.http.headers import Quota, read_quota
from repo_stats.github.http.outages import Outage
from repo_stats.github.http.rate_limiter import Clock, RateLimiter
from repo_stats.github.http.responses import ApiRequest, ApiResponse, RawResponse, read_response
from repo_stats.github.http.usage import Usage

MAX_REDIRECTS = 5

_REDIRECTS = (301, 302, 303, 307, 308)


class Transport:
    """Sends requests to one API; use it as an asynchronous context manager.

    Args:
        api_url: base URL of the API, which no request leaves.
        connection: the connection to it, which is closed at the end.
        limiter: decides when a request may be sent.
        usage: counts the requests.
        on_quota: called with the token and the quota of each response.
        on_wait: called when an outage does not end at once.
        has_worked: whether there was a connection in an earlier step of the run.
    """

    def __init__(
        self,
        api_url: str,
        connection: Connection,
        limiter: RateLimiter,
        usage: Usage,
        *,
        on_quota: Callable[[Token | None, Quota | None], None],
        on_wait: Callable[[GitHubError, float], None],
        has_worked: bool,
    ) -> None:
        self._api_url = api_url
        self._connection = connection
        self._limiter = limiter
        self._usage = usage
        self._on_quota = on_quota
        self._outage = Outage(limiter, on_wait, has_worked=has_worked)

    async def __aenter__(self) -> "Transport":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connection.close()

    async def ask(self, request: ApiRequest, token: Token | None, clock: Clock) -> ApiResponse:
        """Send a request of the client, and read the response.

        Args:
            request: the request.
            token: see `get`.
            clock: gives the time in seconds since the epoch.

        Raises:
            GitHubError: see `get` and `read_response`.
        """
        asked_at = datetime.fromtimestamp(clock(), timezone.utc)
        response = await self.get(
            request.url,
            token,
            etag=request.etag_for(token),
            repo=request.repo,
            content=request.content,
        )
        return read_response(
            response,
            request,
            token,
            api_url=self._api_url,
            asked_at=asked_at,
            answered_at=datetime.fromtimestamp(clock(), timezone.utc),
        )

    async def get(
        self,
        url: str,
        token: Token | None,
        *,
        etag: str | None,
        repo: str,
        content: bytes | None = None,
    ) -> RawResponse:
        """Send a GET request and follow redirects, which a renamed repository has.

        With a content it is a POST, whose redirects are not followed. The caller acquires the
        limiter for the first request, because it selects the token after that. This method acquires
        it for each redirect.

        Args:
            url: the address.
            token: authorizes the request; None sends it anonymously.
            etag: makes the request conditional; None sends it unconditionally.
            repo: the repository it is for, for error messages.
            content: JSON to send; None for a GET.

        Raises:
            PermanentError: the redirects lead elsewhere, or do not end; or the response does not
                end, or is too large.
            RateLimitedError: a redirect would have to wait longer than allowed.
            TransientError: there was no complete response.
            UnreachableError: there is no connection to the API.
        """
        headers = _write_headers(token, etag, content)
        for hop in range(1 + MAX_REDIRECTS):
            if hop > 0:
                await self._limiter.acquire()
            response = await self._send(url, headers, repo, content)
            self._usage.count(response.status, has_token=token is not None)
            self._on_quota(token, read_quota(response.headers))
            location = response.headers.get("location")
            if content is not None or response.status not in _REDIRECTS or location is None:
                return response
            url = follow_redirect(url, location, self._api_url, repo)
        raise PermanentError(
            f"GitHub redirected the request for {repo} more than {MAX_REDIRECTS} times; check its "
            "name."
        )

    async def post(self, url: str, headers: Mapping[str, str], repo: str) -> RawResponse:
        """Send a POST request of the App, which costs none of the quota for repositories.

        Raises:
            RateLimitedError: it would have to wait longer than allowed.
            TransientError: there was no complete response.
            UnboundedResponseError: the response does not end, or is too large.
            UnreachableError: there is no connection to the API.
        """
        await self._limiter.acquire()
        response = await self._send(url, headers, repo, b"")
        self._usage.count_free(response.status)
        return response

    async def _send(
        self, url: str, headers: Mapping[str, str], repo: str, content: bytes | None
    ) -> RawResponse:
        """Send a request; during a short outage, send it again after each pause."""
        clock = asyncio.get_running_loop().time
        while True:
            waits, sent_at = self._limiter.waits, clock()
            try:
                response = await self._connection.send(url, headers, repo, content)
            except UnreachableError as error:
                self._usage.count_free(0)
                self._outage.begin_pause(error, waits, clock() - sent_at)
                await self._limiter.acquire()
            except GitHubError:
                self._usage.count_free(0)
                raise
            else:
                self._outage.end()
                return response


def _write_headers(token: Token | None, etag: str | None, content: bytes | None) -> dict[str, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token.text}"}
    if etag is not None:
        headers["If-None-Match"] = etag
    if content is not None:
        headers["Content-Type"] = "application/json"
    return headers
