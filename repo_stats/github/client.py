"""The HTTP client: one authorized request at a time, with quick retries and waits for rate limits.

This module puts the steps of a request in order: `http.rate_limiter` decides when to send it,
`auth.token_selector` with which token, `http.transport` sends it, and `http.responses` reads the
response. `issues`, `repositories` and `activity` decide what to request.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from types import MappingProxyType
from typing import Any

import httpx

from repo_stats import USER_AGENT
from repo_stats.github.auth.credentials import Credentials, Token
from repo_stats.github.auth.token_selector import TokenSelector
from repo_stats.github.errors import (
    CredentialsError,
    GitHubError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from repo_stats.github.http.attempts import SECOND_LOOK, Attempts
from repo_stats.github.http.connection import LIMITS, Connection, ResponseLimits
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.lone_limits import MOST_WAITS, LoneLimits
from repo_stats.github.http.rate_limiter import Clock, RateLimiter, Sleep, SlidingWindow
from repo_stats.github.http.responses import ApiRequest, ApiResponse
from repo_stats.github.http.transport import Transport
from repo_stats.github.http.usage import Usage


class GitHubClient:
    """Sends requests to one API, at most `in_flight` of them at once.

    Use it as an asynchronous context manager. GraphQL queries have limits and quotas of their own,
    so they have a client of their own.

    Args:
        api_url: base URL of the API, without a slash at its end.
        credentials: authorize the requests; they go only to the API's own host. A string is a
            single token.
        in_flight: the most requests in flight at once.
        max_wait: the most seconds to wait for rate limits in total before giving up.
        sliding_window: the most requests a minute; None for no such limit.
        user_agent: the User-Agent header.
        on_wait: called with each rate limit, or an outage that does not end at once, and the
            seconds, before the wait begins.
        on_drop: called with the reason when a token is dropped and others remain.
        transport: replaces the network, for tests.
        limits: what a response may take.
        others: an address of each other repository of the run. One of them is asked whether a
            limit that is named for a repository concerns it too.
        sleep: waits, between quick retries and for limits.
        clock: gives the time in seconds since the epoch.
    """

    def __init__(
        self,
        api_url: str,
        credentials: Credentials | str | None = None,
        *,
        in_flight: int = 10,
        max_wait: float = 0.0,
        sliding_window: SlidingWindow | None = None,
        user_agent: str = USER_AGENT,
        on_wait: Callable[[GitHubError, float], None] = lambda error, seconds: None,
        on_drop: Callable[[CredentialsError], None] = lambda error: None,
        transport: httpx.AsyncBaseTransport | None = None,
        limits: ResponseLimits = LIMITS,
        others: Mapping[str, str] = MappingProxyType({}),
        sleep: Sleep = asyncio.sleep,
        clock: Clock = time.time,
    ) -> None:
        if isinstance(credentials, str):
            credentials = Credentials.of(credentials)
        self.api_url = api_url
        self.in_flight = in_flight
        self.usage = Usage()
        self._slots = asyncio.Semaphore(in_flight)
        self._sleep = sleep
        self._clock = clock
        self._lone_limits = LoneLimits(others)
        self._limiter = RateLimiter(
            self.usage, sliding_window, max_wait=max_wait, on_wait=on_wait, sleep=sleep, clock=clock
        )
        last = None if sliding_window is None else sliding_window.last
        worked_at = -inf if last is None else last
        credentials = credentials or Credentials()
        self._tokens = TokenSelector(
            api_url, credentials, self._limiter, on_drop=on_drop, clock=clock, worked_at=worked_at
        )
        connection = Connection(api_url, user_agent=user_agent, network=transport, limits=limits)
        self._transport = Transport(
            api_url,
            connection,
            self._limiter,
            self.usage,
            on_quota=self._record_quota,
            on_wait=on_wait,
            has_worked=worked_at > -inf,
        )

    async def __aenter__(self) -> "GitHubClient":
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._transport.__aexit__(*error)

    async def get(
        self,
        url: str,
        *,
        repo: str,
        shape: type[Any],
        etag: str | None = None,
        etag_owner: str | None = None,
    ) -> ApiResponse:
        """Send a request, and send it again while a better response is likely.

        After a transient error, it is retried a moment later. During a rate limit, the client waits
        and sends no request, and likewise during a short outage. If one of several tokens is used
        up or refused, another one is used at once.

        Args:
            url: address below `api_url`.
            repo: the repository it is for, for error messages.
            shape: the type that the JSON of the response must have.
            etag: makes the request conditional: GitHub answers 304 if the content is unchanged.
            etag_owner: fingerprint of the token that the ETag belongs to. That token is preferred,
                and with any other the request is unconditional. None if it is unknown.

        Raises:
            TransientError: no usable response after the quick retries.
            RateLimitedError: a rate limit lasts longer than the client may wait.
            CredentialsError: no token is left that GitHub accepts.
            UnreachableError: there is no connection to the API.
            PermanentError: another attempt would not help.
        """
        return await self._send(ApiRequest(url, repo, shape, etag, etag_owner), Attempts())

    async def query(self, url: str, content: bytes, *, repo: str) -> ApiResponse:
        """Send a GraphQL query as JSON, and again after a rate limit or with another token.

        There are no quick retries: GitHub charges each query that takes it too long.

        Raises:
            GitHubError: see `get`.
        """
        return await self._send(ApiRequest(url, repo, dict, content=content), Attempts([]))

    async def _send(self, request: ApiRequest, attempts: Attempts) -> ApiResponse:
        async with self._slots:
            response = None
            while response is None:
                response = await self._try(request, attempts)
            return response

    async def pause(self, seconds: float) -> None:
        """Wait with the client's own `sleep`."""
        await self._sleep(seconds)

    async def _try(self, request: ApiRequest, attempts: Attempts) -> ApiResponse | None:
        """Send once; None if the request should be sent again."""
        self._lone_limits.expect(request.repo, request.url)
        try:
            # The App's token comes first: the request for it has to pass the limiter as well.
            post = partial(self._transport.post, repo=request.repo)
            await self._tokens.renew_app_token(post, request.repo)
            return await self._send_with_a_token(request, attempts)
        except RateLimitedError as error:
            self._limiter.give_up(error)
        except TransientError:
            if not attempts.delays:
                raise
            await self._sleep(attempts.delays.pop(0))
        return None

    async def _send_with_a_token(
        self, request: ApiRequest, attempts: Attempts
    ) -> ApiResponse | None:
        """Send once; None if a rate limit or a refused token prevented a response."""
        # The token is selected after the wait: only then is it known which tokens have quota.
        waits = await self._limiter.acquire()
        token = self._tokens.select(request.etag_owner)
        try:
            response = await self._transport.ask(request, token, self._clock)
        except RateLimitedError as error:
            await self._meet_limit(request.repo, attempts, token, error, waits)
        except CredentialsError as error:
            if attempts.refuse(token) and self._tokens.worked_lately(token):
                await self._sleep(SECOND_LOOK)
            else:
                self._tokens.handle_refusal(token, error, request.repo, waits)
        except PermanentError:
            # An API that cannot be reached gave no answer, but no further request is sent to it.
            self._record_answer(token, waits)
            raise
        else:
            self._record_answer(token, waits)
            self._lone_limits.record_answer(request.repo, request.url)
            return response
        return None

    async def _meet_limit(
        self,
        repo: str,
        attempts: Attempts,
        token: Token | None,
        error: RateLimitedError,
        waits: int,
    ) -> None:
        """Let all requests wait for a limit, unless it concerns one repository only."""
        ask = partial(self._ask_witness, token)
        if attempts.waits >= MOST_WAITS:
            await self._lone_limits.require_general(repo, ask)
        try:
            # If another wait began meanwhile, it also covers this refusal: one wait serves all.
            if waits == self._limiter.waits:
                self._tokens.handle_rate_limit(token, error)
        except RateLimitedError:
            await self._lone_limits.require_general(repo, ask)
            raise
        attempts.waits += waits != self._limiter.waits

    async def _ask_witness(self, token: Token | None, repo: str, url: str) -> None:
        """Send a request with the token that another repository was refused with."""
        waits = await self._limiter.acquire()
        await self._transport.ask(ApiRequest(url, repo, object), token, self._clock)
        self._tokens.lift_limit(token)
        self._record_answer(token, waits)

    def _record_answer(self, token: Token | None, waits: int) -> None:
        """Record that GitHub lets requests through, and accepts the token."""
        self._limiter.end_row(waits)
        self._tokens.record_answer(token)

    def _record_quota(self, token: Token | None, quota: Quota | None) -> None:
        self._tokens.record_quota(token, quota)
        self.usage.quota = self._tokens.quota or self.usage.quota
