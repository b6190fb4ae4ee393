"""The connection to one API: whole responses within a time and a size, or an error that says why.

`transport` decides when a request is sent, and where redirects lead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import anyio
import httpx

from repo_stats.github.errors import (
    TransientError,
    UnboundedResponseError,
    UnreachableError,
)
from repo_stats.github.http.bodies import ENCODING, MOST_BYTES, BodyError, TooLargeError, read_body
from repo_stats.github.http.responses import RawResponse
from repo_stats.network.certificates import find_issuer
from repo_stats.network.clients import open_client
from repo_stats.network.errors import NetworkSettingsError
from repo_stats.network.failures import describe, find_certificate_problem, is_unreachable
from repo_stats.network.proxies import find_proxy

API_VERSION = "2022-11-28"

TIMEOUT = httpx.Timeout(30.0, connect=5.0)


@dataclass(frozen=True)
class ResponseLimits:
    """What a response may take at most.

    Attributes:
        seconds: from the connection to the last byte.
        body: bytes of the body, after unpacking.
    """

    seconds: float = 60.0
    body: int = MOST_BYTES


LIMITS = ResponseLimits()


class Connection:
    """The connection to one API; it has to be closed.

    Args:
        api_url: base URL of the API.
        user_agent: the User-Agent header.
        network: carries the requests; None is the real network.
        limits: what a response may take.
    """

    def __init__(
        self,
        api_url: str,
        *,
        user_agent: str,
        network: httpx.AsyncBaseTransport | None = None,
        limits: ResponseLimits = LIMITS,
    ) -> None:
        self._api_url = api_url
        self._network = network
        self._limits = limits
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Accept-Encoding": ENCODING,
            "User-Agent": user_agent,
            "X-GitHub-Api-Version": API_VERSION,
        }
        self._http: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close it."""
        if self._http is not None:
            await self._http.aclose()

    async def send(
        self, url: str, headers: Mapping[str, str], repo: str, content: bytes | None = None
    ) -> RawResponse:
        """Send a request, and receive the whole response.

        Args:
            url: an address at the API.
            headers: of the request.
            repo: the repository it is for, for error messages.
            content: what to POST; None for a GET.

        Raises:
            TransientError: there was no complete response.
            UnboundedResponseError: the response takes too long, or is too large.
            UnreachableError: there is no connection, or a setting about it is wrong.
        """
        try:
            http = self._open()
            with anyio.fail_after(self._limits.seconds):
                return await self._exchange(http, url, headers, content)
        except NetworkSettingsError as error:
            raise UnreachableError(str(error), may_pass=False) from None
        except TimeoutError:
            raise UnboundedResponseError(
                f"GitHub's response for {repo} was not complete after "
                f"{self._limits.seconds:.0f} s; the next refresh tries again."
            ) from None
        except TooLargeError:
            raise UnboundedResponseError(
                f"GitHub's response for {repo} is larger than {self._limits.body >> 20} MiB, which "
                "no page is; check REPO_STATS_API_URL."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, BodyError) as error:
            if is_unreachable(error):
                raise await self._describe_outage(error) from None
            raise TransientError(
                f"The request for {repo} got no complete response from {self._api_url} "
                f"({_describe_failure(error)}); check the connection and REPO_STATS_API_URL if it "
                "happens again."
            ) from None  # the cause's text may hold the header with the token

    def _open(self) -> httpx.AsyncClient:
        """The client, made for the first request: what is wrong with its settings fails that."""
        if self._http is None:
            self._http = open_client(
                self._api_url, timeout=TIMEOUT, transport=self._network, headers=self._headers
            )
        return self._http

    async def _exchange(
        self,
        http: httpx.AsyncClient,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> RawResponse:
        method = "GET" if content is None else "POST"
        request = http.stream(method, url, headers=dict(headers), content=content)
        async with request as response:
            # httpx would unpack whole pieces, however large they get.
            chunks = cast("httpx.AsyncByteStream", response.stream)
            body = await read_body(chunks, response.headers, self._limits.body)
        return RawResponse(response.status_code, response.headers, body)

    async def _describe_outage(self, error: Exception) -> UnreachableError:
        proxy = find_proxy(self._api_url) if self._network is None else None
        through = "" if proxy is None else f" through the proxy of {proxy.variable}"
        problem = find_certificate_problem(error)
        if problem is None:
            return UnreachableError(
                f"{self._api_url} cannot be reached{through}: {describe(error)}; check the "
                "connection and REPO_STATS_API_URL."
            )
        issuer = await find_issuer(self._api_url, proxy)
        issued = "" if issuer is None else f", issued by {issuer}"
        return UnreachableError(
            f"The certificate of {self._api_url}{through} is not trusted ({problem}{issued}); if "
            "your network replaces certificates, set SSL_CERT_FILE to the file that holds its own.",
            may_pass=False,
        )


def _describe_failure(error: Exception) -> str:
    return str(error) if isinstance(error, BodyError) else type(error).__name__
