"""Addresses in responses: where a redirect or the next page leads, and whether to go there.

No request leaves the API, because it carries the token.
"""

import re
from urllib.parse import SplitResult, urljoin, urlsplit

from repo_stats.github.errors import PermanentError, TransientError

_ADDRESS = re.compile(r"[\x21-\x7e]{1,8000}")

_NEXT = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\",;]*))*)")

_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]*))", re.IGNORECASE)

_PORTS = {"http": 80, "https": 443}


def follow_redirect(asked_url: str, location: str, api_url: str, repo: str) -> str:
    """The address that a redirect leads to.

    Args:
        asked_url: the address that was requested.
        location: the header that says where to go.
        api_url: base URL of the API.
        repo: the requested repository, for error messages.

    Raises:
        PermanentError: it leads to another host.
        TransientError: the header is not an address.
    """
    url = _join(asked_url, location)
    if url is None:
        raise TransientError(
            f"GitHub redirected the request for {repo} to something that is not an address; try "
            "again later."
        )
    if not is_same_origin(url, api_url):
        raise _refuse(url, repo)
    return url


def find_next_page(asked_url: str, link: str, api_url: str, repo: str) -> str | None:
    """The address of the next page of a list; None on the last page.

    A server behind a proxy may name itself by another scheme, host, port or path than the one that
    requests are sent to. If its address is that of the same list, only its query is used.

    Args:
        asked_url: the address that was requested.
        link: the header with the addresses of other pages.
        api_url: base URL of the API.
        repo: the requested repository, for error messages.

    Raises:
        PermanentError: the next page is on another host, and not one of the same list.
        TransientError: the header names a next page, but no address of it.
    """
    named = _find_relation(link, "next")
    if named is None:
        return None
    url = _join(asked_url, named)
    if url is None:
        raise TransientError(
            f"GitHub's response for {repo} names a next page without an address; try again later."
        )
    there, asked = urlsplit(url), urlsplit(asked_url)
    own_path = asked.path.removeprefix(urlsplit(api_url).path)
    if there.path.endswith(own_path):
        return asked._replace(query=there.query, fragment="").geturl()
    if not is_same_origin(url, api_url):
        raise _refuse(url, repo)
    return url


def is_same_origin(url: str, other: str) -> bool:
    """Whether two addresses have the same scheme, host and port, and the first no credentials."""
    there, here = urlsplit(url), urlsplit(other)
    return there.username is None and _origin(there) == _origin(here)


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _join(base: str, text: str) -> str | None:
    """An absolute address; None if the text is not an address."""
    try:
        url = urljoin(base, text.strip())
        parts = urlsplit(url)
        is_usable = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return url if is_usable and _ADDRESS.fullmatch(url) else None


def _find_relation(link: str, relation: str) -> str | None:
    """The address in a `Link` header that has a relation to the response, as it is written."""
    for address, parameters in _NEXT.findall(link):
        relations = " ".join("".join(found) for found in _REL.findall(parameters))
        if relation in relations.lower().split():
            return str(address)
    return None


def _refuse(url: str, repo: str) -> PermanentError:
    return PermanentError(
        f"GitHub's response for {repo} leads to another host, {urlsplit(url).netloc}, which does "
        "not get the token; check REPO_STATS_API_URL."
    )
