"""Sends single requests over the network, follows redirects, and counts what was sent."""

import ssl
from collections.abc import Callable, Mapping
from functools import cache
from types import TracebackType
from urllib.parse import urljoin

import httpx

from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import PermanentError, TransientError
from repo_stats.github.http.headers import Quota, read_quota
from repo_stats.github.http.rate_limiter import RateLimiter
from repo_stats.github.http.responses import require_same_origin
from repo_stats.github.http.usage import Usage

API_VERSION = "2022-11-28"

TIMEOUT = httpx.Timeout(30.0, connect=10.0)

MAX_REDIRECTS = 5


@cache
def load_certificates() -> ssl.SSLContext:
    """The trusted certificates; loading takes 15 ms, so each process loads them only once."""
    return httpx.create_ssl_context()


class Transport:
    """The connection to one API; use it as an asynchronous context manager.

    Args:
        api_url: base URL of the API, which no request leaves.
        limiter: decides when a request may be sent.
        usage: counts the requests.
        user_agent: the User-Agent header.
        network: carries the requests; None is the real network.
        on_quota: called with the token and the quota of each response.
    """

    def __init__(
        self,
        api_url: str,
        limiter: RateLimiter,
        usage: Usage,
        *,
        user_agent: str,
        network: httpx.AsyncBaseTransport | None,
        on_quota: Callable[[Token | None, Quota | None], None],
    ) -> None:
        self._api_url = api_url
        self._limiter = limiter
        self._usage = usage
        self._on_quota = on_quota
        headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": user_agent,
            "X-GitHub-Api-Version": API_VERSION,
        }
        self._http = httpx.AsyncClient(
            headers=headers, timeout=TIMEOUT, transport=network, verify=load_certificates()
        )

    async def __aenter__(self) -> "Transport":
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
        self, url: str, token: Token | None, *, etag: str | None, repo: str
    ) -> httpx.Response:
        """Send a GET request and follow redirects, which a renamed repository has.

        The caller acquires the limiter for the first request, because it selects the token after
        that. This method acquires it for each redirect.

        Args:
            url: the address.
            token: authorizes the request; None sends it anonymously.
            etag: makes the request conditional; None sends it unconditionally.
            repo: the repository it is for, for error messages.

        Raises:
            PermanentError: the redirects lead elsewhere, or do not end.
            RateLimitedError: a redirect would have to wait longer than allowed.
            TransientError: there was no complete response.
        """
        headers = {} if token is None else {"Authorization": f"Bearer {token.text}"}
        if etag is not None:
            headers["If-None-Match"] = etag
        for hop in range(1 + MAX_REDIRECTS):
            if hop > 0:
                await self._limiter.acquire()
            response = await self._send("GET", url, headers, repo)
            self._usage.count(response.status_code, has_token=token is not None)
            self._on_quota(token, read_quota(response.headers))
            location = response.headers.get("location")
            if not response.is_redirect or location is None:
                return response
            url = urljoin(url, location)
            require_same_origin(url, self._api_url, repo)
        raise PermanentError(
            f"GitHub redirected the request for {repo} more than {MAX_REDIRECTS} times; check its "
            "name."
        )

    async def post(self, url: str, headers: Mapping[str, str], repo: str) -> httpx.Response:
        """Send a POST request of the App, which costs none of the quota for repositories.

        Raises:
            RateLimitedError: it would have to wait longer than allowed.
            TransientError: there was no complete response.
        """
        await self._limiter.acquire()
        response = await self._send("POST", url, headers, repo)
        self._usage.count_free(response.status_code)
        return response

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], repo: str
    ) -> httpx.Response:
        try:
            return await self._http.request(method, url, headers=headers)
        except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
            self._usage.count_free(0)
            raise TransientError(
                f"The request for {repo} got no complete response from {self._api_url} "
                f"({type(error).__name__}); check the connection and REPO_STATS_API_URL if it "
                "happens again."
            ) from error
