"""Makes clients that send requests to one address, alike for GitHub and for webhooks."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from repo_stats.network.certificates import load_certificates
from repo_stats.network.errors import NetworkSettingsError
from repo_stats.network.proxies import find_proxy


def open_client(
    url: str,
    *,
    timeout: httpx.Timeout,
    transport: httpx.AsyncBaseTransport | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.AsyncClient:
    """Make a client; it has to be closed.

    Args:
        url: where all its requests go, up to the path.
        timeout: of each part of a request.
        transport: replaces the network, for tests.
        headers: of each request.

    Raises:
        NetworkSettingsError: the address has no valid port, or a variable about proxies or
            certificates cannot be used.
    """
    try:
        urlsplit(url).port  # noqa: B018
    except ValueError:
        raise NetworkSettingsError("the address has no valid port") from None
    if transport is not None:
        return httpx.AsyncClient(headers=headers, timeout=timeout, transport=transport)
    proxy = find_proxy(url)
    return httpx.AsyncClient(
        headers=headers,
        timeout=timeout,
        verify=load_certificates(),
        proxy=None if proxy is None else proxy.url,
        trust_env=False,  # all that it would read was read above
    )
