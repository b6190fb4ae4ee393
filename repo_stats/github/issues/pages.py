"""The pages of issues lists: their names, their heads, and when a stored page is fresh.

Pure values. `planning` and `windows` decide which pages a list is cut into, `page_reader` reads
them, `page_index` keeps their heads, and `warehouse.pages` stores them.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

from pydantic_core import CoreSchema, core_schema

from repo_stats.clock import MARGIN, is_ahead
from repo_stats.github.parsing import IssueRow
from repo_stats.json_codec import UtcTime

_NUMBER = r"\d{4,6}"

_WINDOW = r"\d{8}T\d{6}Z(?:\.\d+)?"

_PAGE_KEY = re.compile(rf"(?P<repo>[^/]+/[^/]+)/(?P<label>{_NUMBER}|{_WINDOW})")

_WINDOW_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, order=True)
class PageKey:
    """The name of one page of a repository's list of issues.

    A page has a number, `owner/name/0001`. A list too long for page numbers is cut into windows of
    time instead: a window is named by the earliest update of its items,
    `owner/name/20260901T120000Z`. If more items than fit a page were updated within one second,
    `.1`, `.2` name the further pages of that second.

    Attributes:
        repo: the watchlist's name of the repository.
        label: the number or the time.
    """

    repo: str
    label: str

    def __str__(self) -> str:
        return f"{self.repo}/{self.label}"

    @classmethod
    def numbered(cls, repo: str, number: int) -> "PageKey":
        """The key of a page by its number, from 1."""
        return cls(repo, f"{number:04d}")

    @classmethod
    def window(cls, repo: str, since: datetime, part: int = 0) -> "PageKey":
        """The key of the window that begins at a time (UTC), or of a further part of it."""
        return cls(repo, since.strftime(_WINDOW_TIME) + (f".{part}" if part else ""))

    @classmethod
    def parse(cls, text: str) -> "PageKey":
        """Read a key.

        Raises:
            ValueError: the text is not the key of a page.
        """
        match = _PAGE_KEY.fullmatch(text)
        key = None if match is None else cls(match["repo"], match["label"])
        if key is None or not key._is_possible():
            raise ValueError(
                f"{text!r} is no page of a list; write owner/name/0001, or "
                "owner/name/20260901T120000Z in a list too long for page numbers."
            )
        return key

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> CoreSchema:
        """In JSON, a key is its text, so that it can be the key of a mapping as well."""
        text = core_schema.str_schema()
        written = core_schema.to_string_ser_schema()
        return core_schema.no_info_after_validator_function(cls.parse, text, serialization=written)

    @property
    def number(self) -> int | None:
        """Position in the list, from 1; None if the page is a window."""
        return int(self.label) if self.label.isdigit() else None

    @property
    def since(self) -> datetime | None:
        """The earliest update of its items (UTC); None if the page has a number."""
        if self.number is not None:
            return None
        stamp = self.label.partition(".")[0]
        return datetime.strptime(stamp, _WINDOW_TIME).replace(tzinfo=timezone.utc)

    @property
    def part(self) -> int:
        """Which part of its second a window is; 0 for the first, and usually only, one."""
        return int(self.label.partition(".")[2] or 0)

    def _is_possible(self) -> bool:
        try:
            return self.number != 0 and (self.number is not None or self.since is not None)
        except ValueError:
            return False


@dataclass(frozen=True)
class PageHead:
    """What is known of a page without reading its rows.

    Attributes:
        url: the address that the page was read from.
        next_url: the address of the next page, as GitHub gave it.
        etag: the validator to revalidate the page with.
        token_id: fingerprint of the token that the validator belongs to.
        fetched_at: when this content was received for the first time (UTC).
        validated_at: when the latest request was sent that GitHub answered with this content, or
            with a 304 for it (UTC).
        answered_at: when that response arrived (UTC).
        served_at: a time by GitHub's clock; GitHub read the data of that response later than this.
        content_hash: SHA-256 of the objects received.
        rows: number of items.
        is_full: whether the page holds as many items as a page can.
        last_updated_at: the latest update of an item on it; None if there is no item.
        updates: when each item was updated, in seconds since the epoch, by the item's id.
    """

    url: str
    next_url: str | None
    etag: str | None
    token_id: str | None
    fetched_at: UtcTime
    validated_at: UtcTime
    answered_at: UtcTime
    served_at: UtcTime
    content_hash: str
    rows: int
    is_full: bool
    last_updated_at: UtcTime | None
    updates: Mapping[int, int]

    @property
    def ends_list(self) -> bool:
        """Whether the list is known to end with this page.

        A full page is no proof, even without a `next`. Its ETag may not cover the `Link` header:
        GitHub could answer 304 for it although the list has grown by a page.
        """
        return self.next_url is None and not self.is_full

    @property
    def updated_at(self) -> dict[int, datetime]:
        """When each item was updated (UTC), by the item's id."""
        return {
            number: datetime.fromtimestamp(seconds, timezone.utc)
            for number, seconds in self.updates.items()
        }


@dataclass(frozen=True)
class Page:
    """A page as received: its head, and its items as `parse_issues` gives them."""

    head: PageHead
    rows: Sequence[IssueRow]


class PageStore(Protocol):
    """Where pages are kept between runs."""

    def heads(self, repo: str) -> dict[PageKey, PageHead]:
        """The heads of a repository's readable pages, in the order of their names."""

    def write(self, key: PageKey, page: Page) -> None:
        """Replace a page. Readers see the old page or the new one, never a part."""

    def confirm(self, key: PageKey, sent: PageHead, confirmed: PageHead) -> None:
        """Replace the head that was `sent` by one with later times.

        Does nothing if the page has another head by now: a 304 confirms only what was sent.
        """

    def delete(self, key: PageKey) -> None:
        """Remove a page; a page that does not exist is no error."""


@dataclass(frozen=True)
class Freshness:
    """Which stored data a run uses without a request, and how it requests the rest.

    A whole run has one cut-off. So what one of its steps has read is fresh for its later steps and
    retries, whatever the maximum age is.

    A time later than now says that a clock was ahead when the data was stored, and nothing about
    its age: such data is never fresh. Now is the real time, not the run's start, because other
    steps and runs rightly validate data after that.

    Attributes:
        since: data that was validated at this time (UTC) or later needs no request.
        revalidate: whether the requests for older data are conditional.
        margin: by how many seconds the time of fresh data may be later than now: the clocks of
            machines differ a little. A run that is to ask for everything allows none.
    """

    since: datetime
    revalidate: bool
    margin: float = 0.0

    @classmethod
    def of_run(cls, started_at: datetime, max_age: int, *, force: bool) -> "Freshness":
        """The freshness of a run that started at a time (UTC), with a maximum age in seconds."""
        age = 0 if force else max_age
        since = started_at - timedelta(seconds=age)
        return cls(since, revalidate=not force, margin=min(MARGIN, age))

    def holds(self, validated_at: datetime, now: datetime) -> bool:
        """Whether data that was validated at a time (UTC) is fresh now, and needs no request."""
        return validated_at >= self.since and not is_ahead(validated_at, now, self.margin)

    def covers(self, stored: PageHead | None, url: str, now: datetime) -> bool:
        """Whether a stored page is fresh now and from an address, so that no request is needed."""
        return stored is not None and stored.url == url and self.holds(stored.validated_at, now)


def hash_rows(rows: Sequence[IssueRow]) -> str:
    """SHA-256 of a page's objects as received."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row["raw"].encode())
    return digest.hexdigest()
