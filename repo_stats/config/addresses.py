"""Web addresses in settings: which ones are accepted, and how the API's is written."""

from urllib.parse import urlsplit

from repo_stats.config.errors import SettingsError


def is_web_address(text: str) -> bool:
    """Whether a text is an `http` or `https` address with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def parse_api_url(text: str) -> str:
    """Return the base URL of an API, with its host in lower case and no slash at its end.

    Raises:
        SettingsError: the text is not the address of an API.
    """
    url = text.rstrip("/")
    if not (is_web_address(url) and _is_bare(url)):
        raise SettingsError(
            f"REPO_STATS_API_URL is {hide_credentials(url)!r}, which is not the address of an "
            "API; write https://api.github.com or https://HOST/api/v3."
        )
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def _is_bare(url: str) -> bool:
    """Whether an address has a valid port, if any, and neither credentials nor a query."""
    parts = urlsplit(url)
    try:
        has_valid_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return has_valid_port and not (
        parts.query or parts.fragment or parts.username or parts.password
    )


def hide_credentials(url: str) -> str:
    """An address to show in an error: without what stands before an `@`, and without a query."""
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.partition('?')[0].rpartition('@')[2]}"


def holds_credentials(url: str) -> bool:
    """Whether an address holds a password or a query, in which there may be a secret."""
    host = url.partition("://")[2].partition("/")[0]
    return ":" in host.rpartition("@")[0] or "?" in url
