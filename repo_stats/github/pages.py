"""The pages of an issues list: their names, addresses and stored heads, and which to ask for.

Pure values and functions; asking is the matter of `scan`, storing that of `warehouse.pages`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

from repo_stats.github.rows import Row

_PAGE_KEY = re.compile(r"(?P<repo>[^/]+/[^/]+)/(?P<number>\d{4,})")


@dataclass(frozen=True, order=True)
class PageKey:
    """Names one page of a repository's list of open issues: `owner/name/0001`.

    Attributes:
        repo: the watchlist's name of the repository.
        number: position in the list, from 1.
    """

    repo: str
    number: int

    def __str__(self) -> str:
        return f"{self.repo}/{self.number:04d}"

    @classmethod
    def parse(cls, text: str) -> "PageKey":
        """Read a key.

        Raises:
            ValueError: the text is no key of a page.
        """
        match = _PAGE_KEY.fullmatch(text)
        if match is None or int(match["number"]) == 0:
            raise ValueError(f"{text!r} is no page of a list; write owner/name/0001.")
        return cls(match["repo"], int(match["number"]))


@dataclass(frozen=True)
class PageHead:
    """All that is kept of a page beside its rows.

    Attributes:
        url: the address the page was read from.
        next_url: the address of the page after it, as GitHub gave it.
        etag: the validator to revalidate the page with.
        fetched_at: when GitHub sent it, with its `Link` header (UTC).
        validated_at: when GitHub last sent or vouched for it (UTC).
        content_hash: SHA-256 of the objects received.
        rows: number of items.
        is_full: whether the page holds as many items as were asked for.
    """

    url: str
    next_url: str | None
    etag: str | None
    fetched_at: datetime
    validated_at: datetime
    content_hash: str
    rows: int
    is_full: bool

    @property
    def ends_list(self) -> bool:
        """Whether the list surely ends here.

        A full page never proves it, not even without a `next`: its ETag may not cover the `Link`
        header, so that a 304 keeps on vouching for it when the list has grown a page.
        """
        return self.next_url is None and not self.is_full


@dataclass(frozen=True)
class Page:
    """A page as received: its head and its items, as parsed by `rows.parse_issues`."""

    head: PageHead
    rows: Sequence[Row]


class PageStore(Protocol):
    """Where pages are kept between runs."""

    def head(self, key: PageKey) -> PageHead | None:
        """The head of a page, or None if there is no such page (or no readable one)."""

    def write(self, key: PageKey, page: Page) -> None:
        """Put a page in place of what may be there, at once or not at all."""

    def confirm(self, key: PageKey, sent: PageHead, validated_at: datetime) -> None:
        """Record that GitHub vouched for the page whose head was `sent`, unless it was replaced."""


@dataclass(frozen=True)
class Freshness:
    """Which stored answers a run uses without asking, and how it asks for the others.

    One cut-off serves a whole run: what any of its steps has read or validated counts as fresh
    for its later steps and retries, whatever the maximum age.

    Attributes:
        since: answers validated at this time or later are used as they are (UTC).
        revalidate: whether older answers are asked for conditionally.
    """

    since: datetime
    revalidate: bool

    @classmethod
    def of_run(cls, started_at: datetime, max_age: int, *, force: bool) -> "Freshness":
        """The freshness of a run that started at a time (UTC), with a maximum age in seconds."""
        return cls(started_at - timedelta(seconds=0 if force else max_age), revalidate=not force)

    def covers(self, stored: PageHead | None, url: str) -> bool:
        """Whether a stored page answers a request for an address without asking."""
        return stored is not None and stored.url == url and stored.validated_at >= self.since


@dataclass(frozen=True)
class ListSource:
    """The list of open issues of one repository, and how it is cut into pages.

    Attributes:
        repo: the watchlist's name of the repository.
        repo_id: GitHub's number, which addresses it whatever its name is by now.
        api_url: base URL of the API.
        per_page: items a page, at most 100.
    """

    repo: str
    repo_id: int
    api_url: str
    per_page: int

    def url(self, number: int) -> str:
        """The address of a page by its number.

        Oldest first: new items are added at the end, so that earlier pages stay as they are.
        """
        query = {
            "state": "open",
            "sort": "created",
            "direction": "asc",
            "per_page": self.per_page,
            "page": number,
        }
        return f"{self.api_url}/repositories/{self.repo_id}/issues?{urlencode(query)}"

    def addresses(self, url: str, number: int) -> bool:
        """Whether a stored address is this list's: by number, or by a cursor that GitHub gave."""
        if not is_cursor(url):
            return url == self.url(number)
        base = f"{self.api_url}/repositories/{self.repo_id}/issues?"
        return url.startswith(base) and _query(url).get("per_page") == [str(self.per_page)]

    def request(
        self, number: int, stored: PageHead | None = None, *, is_expected: bool = False
    ) -> "PageRequest":
        """The request for a page: from where it was read before, if that is still this list."""
        is_usable = stored is not None and self.addresses(stored.url, number)
        url = stored.url if stored and is_usable else self.url(number)
        return PageRequest(self, number, url, is_expected)


@dataclass(frozen=True)
class PageRequest:
    """One page to be read from one address.

    Attributes:
        source: the list.
        number: the page's position in it.
        url: the address.
        is_expected: whether there should be items on it, so that none is not believed at once.
    """

    source: ListSource
    number: int
    url: str
    is_expected: bool = False

    @property
    def key(self) -> PageKey:
        """The page's name."""
        return PageKey(self.source.repo, self.number)


def plan_requests(
    source: ListSource, open_issues_count: int, heads: Sequence[PageHead], freshness: Freshness
) -> list[PageRequest]:
    """The pages to read, as far as they can be told before reading any.

    A stored list is read in its stored length, and one that was never completed in the length
    that GitHub's counter suggests; the scan finds the true end.

    Args:
        source: the list.
        open_issues_count: GitHub's counter of open issues and pull requests.
        heads: the stored pages from the first without a gap.
        freshness: tells which of them need not be read.
    """
    is_complete = bool(heads) and heads[-1].ends_list
    guess = max(1, ceil(open_issues_count / source.per_page))
    length = len(heads) if is_complete else max(len(heads), guess)
    padded = [*heads, *[None] * (length - len(heads))]
    requests = [
        source.request(number, stored, is_expected=number == 1 and open_issues_count > 0)
        for number, stored in enumerate(padded, start=1)
    ]
    return [
        request
        for request, stored in zip(requests, padded, strict=True)
        if not freshness.covers(stored, request.url)
    ]


def split_evenly(
    requests: Sequence[PageRequest], most_parts: int, least_each: int
) -> list[list[PageRequest]]:
    """Cut requests into consecutive parts of nearly equal size.

    Args:
        requests: what to cut; nothing gives no part.
        most_parts: the most parts to make.
        least_each: requests that are worth a part of their own.
    """
    parts = min(most_parts, ceil(len(requests) / least_each))
    bounds = [len(requests) * part // parts for part in range(parts + 1)] if parts else [0]
    return [list(requests[a:b]) for a, b in pairwise(bounds)]


def is_cursor(url: str) -> bool:
    """Whether an address continues a list from a cursor, as page numbers do not."""
    return "after" in _query(url)


def hash_rows(rows: Sequence[Row]) -> str:
    """SHA-256 of a page's objects as received."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row["raw"].encode())
    return digest.hexdigest()


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)
