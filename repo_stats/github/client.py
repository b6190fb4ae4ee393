"""The HTTP client: one authorized, classified, quickly retried GET at a time.

What an answer means is decided in `answers`, when to send in `turns`, with which token in
`authorization`; what is asked for, in `pages` and `scan`.
"""

import asyncio
import json
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import httpx

from repo_stats import USER_AGENT
from repo_stats.github.auth.app import Post
from repo_stats.github.auth.credentials import Credentials, Token
from repo_stats.github.auth.token_selector import TokenSelector
from repo_stats.github.errors import (
    CredentialsError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from repo_stats.github.http.rate_limiter import Clock, RateLimiter, Sleep, SlidingWindow
from repo_stats.github.http.responses import read_date, read_error, read_quota, require_same_origin
from repo_stats.github.http.usage import Usage

API_VERSION = "2022-11-28"


TIMEOUT = httpx.Timeout(30.0, connect=10.0)


QUICK_RETRIES = 2


MAX_REDIRECTS = 5


@dataclass(frozen=True)
class ApiResponse:
    """A usable answer.

    Attributes:
        asked_at: this machine's time just before the request left (UTC).
        answered_at: this machine's time when the body had arrived (UTC).
        server_date: the server's time of the answer, else this machine's (UTC).
        etag: the validator to send back, as received.
        token_id: fingerprint of the token that the ETag belongs to; None if anonymous.
        next_url: the next page of a list.
        body: the decoded JSON; None if the answer was 304, which keeps what is stored.
    """

    asked_at: datetime
    answered_at: datetime
    server_date: datetime
    etag: str | None
    token_id: str | None
    next_url: str | None
    body: Any


@dataclass(frozen=True)
class ApiRequest:
    """What one call of `get` asks for."""

    url: str
    repo: str
    shape: type[Any]
    etag: str | None
    etag_owner: str | None

    def etag_for(self, token: Token | None) -> str | None:
        """The ETag to send with a token: that of another token could only miss."""
        is_foreign = self.etag_owner is not None and (token is None or token.id != self.etag_owner)
        return None if is_foreign else self.etag


@cache
def load_certificates() -> ssl.SSLContext:
    """The certificates that servers are trusted by: loading them takes 15 ms, so once a process."""
    return httpx.create_ssl_context()


class GitHubClient:
    """Sends GET requests to one API, at most `in_flight` of them at once.

    To be used as an asynchronous context manager.

    Args:
        api_url: base URL of the API, without a slash at its end.
        credentials: authorize the requests, and are sent to the API's own host only; a text is a
            single token.
        in_flight: the most requests under way at once.
        max_wait: the most seconds to wait for rate limits, all in all, before giving up.
        pace: the most requests a minute; None for any number.
        user_agent: what the requests introduce themselves as.
        on_wait: told of each wait for a rate limit before it begins, and of its seconds.
        on_drop: told why a token is used no more, if others go on without it.
        transport: replaces the network, for tests.
        sleep: waits, between quick retries and for limits.
        clock: tells the time, in seconds since the epoch.
    """

    def __init__(
        self,
        api_url: str,
        credentials: Credentials | str | None = None,
        *,
        in_flight: int = 10,
        max_wait: float = 0.0,
        pace: SlidingWindow | None = None,
        user_agent: str = USER_AGENT,
        on_wait: Callable[[RateLimitedError, float], None] = lambda error, seconds: None,
        on_drop: Callable[[CredentialsError], None] = lambda error: None,
        transport: httpx.AsyncBaseTransport | None = None,
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
        self._limiter = RateLimiter(
            self.usage, pace, max_wait=max_wait, on_wait=on_wait, sleep=sleep, clock=clock
        )
        self._tokens = TokenSelector(
            api_url, credentials or Credentials(), self._limiter, on_drop=on_drop, clock=clock
        )
        headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": user_agent,
            "X-GitHub-Api-Version": API_VERSION,
        }
        self._http = httpx.AsyncClient(
            headers=headers, timeout=TIMEOUT, transport=transport, verify=load_certificates()
        )

    async def __aenter__(self) -> "GitHubClient":
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, traceback)

    async def get(
        self,
        url: str,
        *,
        repo: str,
        shape: type[Any],
        etag: str | None = None,
        etag_owner: str | None = None,
    ) -> ApiResponse:
        """Ask for one address, and again if the answer is likely to get better.

        Transient errors are retried a moment later, and rate limits waited for: no request of
        this client is sent meanwhile. Where one of several tokens is used up or not accepted,
        another is taken at once.

        Args:
            url: address below `api_url`.
            repo: the repository it belongs to, for the errors' sentences.
            shape: what the JSON of the answer has to be.
            etag: makes the request conditional: unchanged content is answered by a 304.
            etag_owner: fingerprint of the token that the ETag belongs to: it is preferred, and
                without it the request is unconditional. None if that is not known.

        Raises:
            TransientError: no usable answer after the quick retries.
            RateLimitedError: a rate limit that lasts longer than may be waited.
            CredentialsError: no token is left that GitHub accepts.
            PermanentError: asking again is no use.
        """
        question = ApiRequest(url, repo, shape, etag, etag_owner)
        pauses = _pauses()
        async with self._slots:
            answer = None
            while answer is None:
                answer = await self._try(question, pauses)
            return answer

    async def pause(self, seconds: float) -> None:
        """Wait, by the client's own means of waiting."""
        await self._sleep(seconds)

    async def _try(self, question: ApiRequest, pauses: list[float]) -> ApiResponse | None:
        """Ask once; None if it is to be asked again, for the reason is dealt with by then."""
        try:
            await self._tokens.renew(self._post(question.repo), question.repo)
            return await self._ask_in_turn(question)
        except TransientError:
            if not pauses:
                raise
            await self._sleep(pauses.pop(0))
        return None

    async def _ask_in_turn(self, question: ApiRequest) -> ApiResponse | None:
        """Ask once; None if limits or a refused token have to be got round first."""
        waits = await self._limiter.take()
        token = self._tokens.choose(question.etag_owner)
        try:
            return await self._ask(question, token)
        except RateLimitedError as error:
            if waits == self._limiter.waits:
                self._tokens.limit(token, error)
        except CredentialsError as error:
            self._tokens.drop(token, error, question.repo)
        return None

    async def _ask(self, question: ApiRequest, token: Token | None) -> ApiResponse:
        repo, etag = question.repo, question.etag_for(token)
        asked_at = self._now()
        response = await self._send(question.url, token, repo=repo, etag=etag)
        answered_at = self._now()
        if not (response.is_success or response.status_code == 304):
            raise read_error(
                response.status_code,
                response.headers,
                response.text,
                repo=repo,
                token_name=None if token is None else token.name,
            )
        if response.status_code == 304 and etag is None:
            raise TransientError(f"GitHub answered 304 for {repo} to an unconditional request.")
        return ApiResponse(
            asked_at=asked_at,
            answered_at=answered_at,
            server_date=read_date(response.headers),
            etag=response.headers.get("etag"),
            token_id=None if token is None else token.id,
            next_url=self._read_next_url(response, repo),
            body=None if response.status_code == 304 else _decode(response, repo, question.shape),
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), timezone.utc)

    def _read_next_url(self, response: httpx.Response, repo: str) -> str | None:
        url = response.links.get("next", {}).get("url")
        if url is not None:
            require_same_origin(url, self.api_url, repo)
        return url

    async def _send(
        self, url: str, token: Token | None, *, repo: str, etag: str | None
    ) -> httpx.Response:
        """Send one request and follow redirects, which a renamed repository answers with."""
        headers = {} if token is None else {"Authorization": f"Bearer {token.text}"}
        if etag is not None:
            headers["If-None-Match"] = etag
        for hop in range(1 + MAX_REDIRECTS):
            if hop > 0:
                await self._limiter.take()
            response = await self._exchange("GET", url, headers, repo)
            self.usage.count(response.status_code, has_token=token is not None)
            self._tokens.learn(token, read_quota(response.headers))
            self.usage.quota = self._tokens.quota or self.usage.quota
            location = response.headers.get("location")
            if not response.is_redirect or location is None:
                return response
            url = urljoin(url, location)
            require_same_origin(url, self.api_url, repo)
        raise PermanentError(
            f"GitHub redirected the request for {repo} more than {MAX_REDIRECTS} times; check its "
            "name in the watchlist."
        )

    def _post(self, repo: str) -> Post:
        """What the App asks for a token with; no quota of the repositories' API pays for it."""

        async def post(url: str, headers: Mapping[str, str]) -> httpx.Response:
            await self._limiter.take()
            response = await self._exchange("POST", url, headers, repo)
            self.usage.count_free(response.status_code)
            return response

        return post

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], repo: str
    ) -> httpx.Response:
        try:
            return await self._http.request(method, url, headers=headers)
        except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
            self.usage.count_free(0)
            raise TransientError(
                f"The request for {repo} got no complete answer from {self.api_url} "
                f"({type(error).__name__}); check the connection and REPO_STATS_API_URL if it "
                "happens again."
            ) from error


def _pauses() -> list[float]:
    """Seconds before each quick retry, jittered so that steps do not ask in step."""
    return [0.5 * 2**n * random.uniform(0.75, 1.25) for n in range(QUICK_RETRIES)]  # noqa: S311


def _decode(response: httpx.Response, repo: str, shape: type[Any]) -> Any:
    try:
        body = json.loads(response.content)
    except ValueError as error:
        raise TransientError(
            f"GitHub's answer for {repo} is cut off or not JSON; the request is worth retrying."
        ) from error
    if not isinstance(body, shape):
        raise TransientError(
            f"GitHub's answer for {repo} is a {type(body).__name__} where a {shape.__name__} is "
            "due; the request is worth retrying."
        )
    return body
