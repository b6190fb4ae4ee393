"""The proxy for an address, from the variables that curl and most other programs read.

httpx would read them itself, but a mistake in one of them ends it in a stack trace, even if it
concerns other addresses.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

from repo_stats.network.errors import NetworkSettingsError, show

_SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """A proxy, and where it is set.

    Attributes:
        url: its address, which may hold credentials.
        variable: the environment variable that names it, or what else does.
    """

    url: str = field(repr=False)
    variable: str


def find_proxy(url: str, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """The proxy for an address; None to connect directly.

    Args:
        url: the address.
        environ: environment variables.

    Raises:
        NetworkSettingsError: the proxy's address cannot be used.
    """
    parts = urlsplit(url)
    proxies = getproxies() if environ is os.environ else _read(environ)
    if _is_excepted(parts, proxies.get("no", "")):
        return None
    for kind in (parts.scheme, "all"):
        if text := proxies.get(kind, "").strip():
            variable = _find_variable(kind, text, environ)
            return Proxy(_check(text, variable), variable)
    return None


def _read(environ: Mapping[str, str]) -> dict[str, str]:
    """The proxies that variables name; one in lower case counts more, as in most programs."""
    suffix = "_proxy"
    in_order = sorted(environ, key=lambda name: name.endswith(suffix))
    return {
        name.lower().removesuffix(suffix): environ[name]
        for name in in_order
        if name.lower().endswith(suffix) and environ[name]
    }


def _find_variable(kind: str, text: str, environ: Mapping[str, str]) -> str:
    names = (f"{kind}_proxy", f"{kind.upper()}_PROXY")
    set_so = [name for name in names if environ.get(name, "").strip() == text]
    return set_so[0] if set_so else f"the system's {kind.upper()} proxy"


def _check(text: str, variable: str) -> str:
    """The address of a proxy with its scheme.

    Raises:
        NetworkSettingsError: it cannot be used.
    """
    url = text if "://" in text else f"http://{text}"
    problem = _find_problem(url)
    if problem is not None:
        raise NetworkSettingsError(
            f"{variable} is {show(text)}, {problem}; write http://HOST:PORT, or unset it."
        )
    return url


def _find_problem(url: str) -> str | None:
    """Why an address is not that of a proxy; None if it is one."""
    try:
        parts = urlsplit(url)
        has_address = bool(parts.hostname) and url.isascii() and url.isprintable()
    except ValueError:
        return "which is not the address of a proxy"
    if not has_address or " " in url:
        return "which is not the address of a proxy"
    if parts.scheme not in _SCHEMES:
        return "a kind of proxy that is not supported"
    try:
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        is_port = False
    if not is_port:
        return "which has no valid port"
    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        return "for which the Python package socksio has to be installed"
    return None


def _is_excepted(parts: SplitResult, no_proxy: str) -> bool:
    """Whether an address is one of those that `NO_PROXY` lists; what is no address is ignored."""
    return any(_covers(entry, parts) for entry in no_proxy.replace(",", " ").split())


def _covers(entry: str, parts: SplitResult) -> bool:
    scheme, separator, rest = entry.rpartition("://")
    if separator and scheme not in ("all", parts.scheme):
        return False
    host = (parts.hostname or "").rstrip(".").lower()
    address = _parse_address(host)
    if rest == "*" or (address is not None and _is_in_network(address, rest)):
        return True
    name, port = _split_port(rest)
    if port is not None and port != (parts.port or {"http": 80, "https": 443}.get(parts.scheme)):
        return False
    if address is not None:
        return address == _parse_address(name)
    domain = name.lower().removeprefix("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _is_in_network(address: IPv4Address | IPv6Address, text: str) -> bool:
    """Whether an address is in a network such as `10.0.0.0/8` or `[fe80::]/10`."""
    try:
        return address in ip_network(text.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False


def _split_port(text: str) -> tuple[str, int | None]:
    """Split `host:port`; an IPv6 address has a port only after brackets."""
    host, colon, port = text.rpartition(":")
    is_bare_address = host.count(":") > 0 and not host.endswith("]")
    if colon and port.isascii() and port.isdigit() and len(port) <= 5 and not is_bare_address:
        return host.strip("[]"), int(port)
    return text.strip("[]"), None


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
