"""Addresses in settings: which ones are accepted, and how the API's is written."""

import re
from ipaddress import IPv6Address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from repo_stats.config.errors import SettingsError, quote

MOST_CHARACTERS = 4_096
"""The longest web address that is accepted."""

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def is_web_address(text: str) -> bool:
    """Whether a text is an `http` or `https` address with a host, and can be requested."""
    is_plain = text.isprintable() and " " not in text and len(text) <= MOST_CHARACTERS
    try:
        return is_plain and _is_complete(urlsplit(text))
    except ValueError:
        return False


def _is_complete(parts: SplitResult) -> bool:
    """Whether an address has a scheme, a host and, if any, a port that can be used.

    Raises:
        ValueError: the host or the port is malformed.
    """
    has_port = parts.port is None or parts.port > 0
    return parts.scheme in ("http", "https") and has_port and _is_host(parts.hostname or "")


def _is_host(name: str) -> bool:
    """Whether a text is an IPv6 address, or a name or IPv4 address.

    Raises:
        ValueError: it is none of them.
    """
    if ":" in name:
        return bool(IPv6Address(name))
    labels = name.encode("idna").decode("ascii").removesuffix(".").split(".")
    return len(name) <= 253 and all(map(_LABEL.fullmatch, labels))


def parse_api_url(text: str) -> str:
    """Return the base URL of an API, with its host in lower case and no slash at its end.

    Raises:
        SettingsError: the text is not the address of an API.
    """
    url = text.rstrip("/")
    if not (is_web_address(url) and _is_bare(url)):
        raise SettingsError(
            f"REPO_STATS_API_URL is {quote(hide_credentials(url))}, which is not the address of an "
            "API; write https://api.github.com or https://HOST/api/v3."
        )
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def expand_home(text: str, variable: str) -> Path:
    """The path that a setting names, in which `~` stands for a home folder.

    Raises:
        SettingsError: the home folder is unknown.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise SettingsError(
            f"{variable} is {quote(text)}, but that home folder is unknown; write an absolute path."
        ) from None


def hide_credentials(url: str) -> str:
    """An address to show in an error: without what stands before an `@`, and without a query."""
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    return f"{scheme}{separator}{rest.partition('?')[0].rpartition('@')[2]}"


def holds_credentials(url: str) -> bool:
    """Whether an address holds a password or a query, in which there may be a secret."""
    host = url.partition("://")[2].partition("/")[0]
    return ":" in host.rpartition("@")[0] or "?" in url


def _is_bare(url: str) -> bool:
    """Whether an address has neither credentials nor a query."""
    parts = urlsplit(url)
    return not (parts.query or parts.fragment or parts.username or parts.password)
