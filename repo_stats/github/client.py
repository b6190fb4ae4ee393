"""The HTTP client: one authorized, classified, quickly retried GET at a time.

What an answer means is decided in `answers`; what is asked for, in `pages` and `scan`.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import httpx

from repo_stats import __version__
from repo_stats.github.answers import (
    Quota,
    read_error,
    read_quota,
    require_same_origin,
)
from repo_stats.github.errors import PermanentError, RateLimitedError, TransientError

API_VERSION = "2022-11-28"
USER_AGENT = f"repo_stats/{__version__}"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
QUICK_RETRIES = 2
MAX_REDIRECTS = 5

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """A usable answer.

    Attributes:
        asked_at: this machine's time just before the request left (UTC).
        etag: the validator to send back, as received.
        next_url: the next page of a list.
        body: the decoded JSON; None if the answer was 304, which keeps what is stored.
    """

    asked_at: datetime
    etag: str | None
    next_url: str | None
    body: Any


@dataclass
class Usage:
    """What the requests of a client cost.

    Attributes:
        statuses: answers by HTTP status; 0 counts requests without an answer.
        charged: requests that count against the primary rate limit.
        waited: seconds spent waiting for rate limits.
        quota: the rate limit as the latest answer told it.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    charged: int = 0
    waited: float = 0.0
    quota: Quota | None = None

    @property
    def requests(self) -> int:
        """All requests sent."""
        return self.statuses.total()

    @classmethod
    def total(cls, usages: Iterable["Usage"]) -> "Usage":
        """What several clients cost together; the quota is the smallest that one of them saw."""
        total = cls()
        quotas = []
        for usage in usages:
            total.statuses.update(usage.statuses)
            total.charged += usage.charged
            total.waited += usage.waited
            if usage.quota is not None:
                quotas.append(usage.quota)
        total.quota = min(quotas, key=lambda quota: quota.remaining, default=None)
        return total

    def count(self, status: int, *, has_token: bool) -> None:
        """Add one answer: refusals, failures and the 304 to an authorized request are free."""
        self.statuses[status] += 1
        is_free = status in (0, 401, 403, 429) or status >= 500 or (status == 304 and has_token)
        self.charged += not is_free


class GitHubClient:
    """Sends GET requests to one API, at most `in_flight` of them at once.

    To be used as an asynchronous context manager.

    Args:
        api_url: base URL of the API, without a slash at its end.
        token: authorizes the requests; sent to the API's own host only.
        in_flight: the most requests under way at once.
        max_wait: the most seconds to wait for rate limits, all in all, before giving up.
        on_wait: told of each wait before it begins, and of its seconds.
        transport: replaces the network, for tests.
        sleep: waits, between quick retries and for rate limits.
    """

    def __init__(
        self,
        api_url: str,
        token: str | None = None,
        *,
        in_flight: int = 10,
        max_wait: float = 0.0,
        on_wait: Callable[[RateLimitedError, float], None] = lambda error, seconds: None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.api_url = api_url
        self.in_flight = in_flight
        self.usage = Usage()
        self._has_token = token is not None
        self._slots = asyncio.Semaphore(in_flight)
        self._sleep = sleep
        self._max_wait = max_wait
        self._on_wait = on_wait
        self._wait: asyncio.Future[None] | None = None
        self._waits = 0
        self._guesses = 0
        self._given_up: RateLimitedError | None = None
        headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": USER_AGENT,
            "X-GitHub-Api-Version": API_VERSION,
        }
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.AsyncClient(headers=headers, timeout=TIMEOUT, transport=transport)

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
        self, url: str, *, repo: str, shape: type[Any], etag: str | None = None
    ) -> Answer:
        """Ask for one address, and again if the answer is likely to get better.

        Transient errors are retried a moment later, and rate limits waited for: no request of
        this client is sent meanwhile.

        Args:
            url: address below `api_url`.
            repo: the repository it belongs to, for the errors' sentences.
            shape: what the JSON of the answer has to be.
            etag: makes the request conditional: unchanged content is answered by a 304.

        Raises:
            TransientError: no usable answer after the quick retries.
            RateLimitedError: a rate limit that lasts longer than may be waited.
            PermanentError: asking again is no use.
        """
        pauses = _pauses()
        async with self._slots:
            while True:
                await self._wait_for_limits()
                waits = self._waits
                try:
                    return await self._ask(url, repo=repo, shape=shape, etag=etag)
                except RateLimitedError as error:
                    if waits == self._waits:
                        self._begin_wait(error)
                except TransientError:
                    if not pauses:
                        raise
                    await self._sleep(pauses.pop(0))

    async def pause(self, seconds: float) -> None:
        """Wait, by the client's own means of waiting."""
        await self._sleep(seconds)

    async def _wait_for_limits(self) -> None:
        if self._given_up is not None:
            raise self._given_up
        if self._wait is not None:
            await asyncio.shield(self._wait)

    def _begin_wait(self, error: RateLimitedError) -> None:
        """Start a wait that all requests share; of those under way, only the first to hear of it.

        Raises:
            RateLimitedError: it would take too long.
        """
        seconds = error.seconds * 2**self._guesses if error.is_guess else error.seconds
        if self.usage.waited + seconds > self._max_wait:
            self._given_up = error
            raise error
        self._waits += 1
        self._guesses += error.is_guess
        self.usage.waited += seconds
        self._on_wait(error, seconds)
        self._wait = asyncio.ensure_future(self._sleep(seconds))

    async def _ask(self, url: str, *, repo: str, shape: type[Any], etag: str | None) -> Answer:
        asked_at = datetime.now(timezone.utc)
        response = await self._send(url, repo=repo, etag=etag)
        if not (response.is_success or response.status_code == 304):
            raise read_error(
                response.status_code,
                response.headers,
                response.text,
                repo=repo,
                token_name="GITHUB_TOKEN" if self._has_token else None,
            )
        if response.status_code == 304 and etag is None:
            raise TransientError(f"GitHub answered 304 for {repo} to an unconditional request.")
        return Answer(
            asked_at=asked_at,
            etag=response.headers.get("etag"),
            next_url=self._read_next_url(response, repo),
            body=None if response.status_code == 304 else _decode(response, repo, shape),
        )

    def _read_next_url(self, response: httpx.Response, repo: str) -> str | None:
        url = response.links.get("next", {}).get("url")
        if url is not None:
            require_same_origin(url, self.api_url, repo)
        return url

    async def _send(self, url: str, *, repo: str, etag: str | None) -> httpx.Response:
        """Send one request and follow redirects, which a renamed repository answers with."""
        headers = {} if etag is None else {"If-None-Match": etag}
        for _ in range(1 + MAX_REDIRECTS):
            try:
                response = await self._http.get(url, headers=headers)
            except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
                self.usage.count(0, has_token=self._has_token)
                raise TransientError(
                    f"The request for {repo} got no complete answer from {self.api_url} "
                    f"({type(error).__name__}); check the connection if it happens again."
                ) from error
            self.usage.count(response.status_code, has_token=self._has_token)
            self.usage.quota = read_quota(response.headers) or self.usage.quota
            location = response.headers.get("location")
            if not response.is_redirect or location is None:
                return response
            url = urljoin(url, location)
            require_same_origin(url, self.api_url, repo)
        raise PermanentError(
            f"GitHub redirected the request for {repo} more than {MAX_REDIRECTS} times; check its "
            "name in the watchlist."
        )


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
