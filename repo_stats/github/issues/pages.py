"""The pages of issues lists: their names, their stored heads, and when a stored one is fresh.

Pure values; which pages a list is cut into is the matter of `lists` and `windows`, asking that of
`scan`, storing that of `warehouse.pages`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

from repo_stats.github.parsing import IssueRow

_NUMBER = r"\d{4,6}"


_WINDOW = r"\d{8}T\d{6}Z(?:\.\d+)?"


_PAGE_KEY = re.compile(rf"(?P<repo>[^/]+/[^/]+)/(?P<label>{_NUMBER}|{_WINDOW})")


_WINDOW_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, order=True)
class PageKey:
    """Names one page of a repository's list of open issues.

    A page is known by its number, `owner/name/0001`, or, in a list too long for page numbers, by
    the time from which on its items were last updated, `owner/name/20260901T120000Z`; `.1`, `.2`
    are added where more items than fit a page were updated within one second.

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
        """The page of a number, from 1."""
        return cls(repo, f"{number:04d}")

    @classmethod
    def window(cls, repo: str, since: datetime, part: int = 0) -> "PageKey":
        """The page of items updated from a time on (UTC), or a further part of that second."""
        return cls(repo, since.strftime(_WINDOW_TIME) + (f".{part}" if part else ""))

    @classmethod
    def parse(cls, text: str) -> "PageKey":
        """Read a key.

        Raises:
            ValueError: the text is no key of a page.
        """
        match = _PAGE_KEY.fullmatch(text)
        key = None if match is None else cls(match["repo"], match["label"])
        if key is None or not key._is_possible():
            raise ValueError(
                f"{text!r} is no page of a list; write owner/name/0001, or "
                "owner/name/20260901T120000Z in a list too long for page numbers."
            )
        return key

    @property
    def number(self) -> int | None:
        """Position in the list, from 1; None if the page is a window."""
        return int(self.label) if self.label.isdigit() else None

    @property
    def since(self) -> datetime | None:
        """From when on its items were last updated (UTC); None if the page has a number."""
        if self.number is not None:
            return None
        stamp = self.label.partition(".")[0]
        return datetime.strptime(stamp, _WINDOW_TIME).replace(tzinfo=timezone.utc)

    @property
    def part(self) -> int:
        """Which part of its second a window is: 0 for the first, and nearly always the only."""
        return int(self.label.partition(".")[2] or 0)

    def _is_possible(self) -> bool:
        try:
            return self.number != 0 and (self.number is not None or self.since is not None)
        except ValueError:
            return False


@dataclass(frozen=True)
class PageHead:
    """All that is kept of a page beside its rows.

    Attributes:
        url: the address the page was read from.
        next_url: the address of the page after it, as GitHub gave it.
        etag: the validator to revalidate the page with.
        token_id: which token the validator belongs to: GitHub's depend on it.
        fetched_at: when this content was received first (UTC).
        validated_at: when the request left that GitHub last answered with it or vouched for it.
        answered_at: when that answer had come (UTC).
        served_at: a time by GitHub's clock before which nothing of it can have been read.
        content_hash: SHA-256 of the objects received.
        rows: number of items.
        is_full: whether the page holds as many items as were asked for.
        last_updated_at: when the last item on it was updated; None if there is no item.
    """

    url: str
    next_url: str | None
    etag: str | None
    token_id: str | None
    fetched_at: datetime
    validated_at: datetime
    answered_at: datetime
    served_at: datetime
    content_hash: str
    rows: int
    is_full: bool
    last_updated_at: datetime | None

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
    rows: Sequence[IssueRow]


class PageStore(Protocol):
    """Where pages are kept between runs."""

    def head(self, key: PageKey) -> PageHead | None:
        """The head of a page, or None if there is no such page (or no readable one)."""

    def keys(self, repo: str) -> Sequence[PageKey]:
        """The names of a repository's pages."""

    def write(self, key: PageKey, page: Page) -> None:
        """Put a page in place of what may be there, at once or not at all."""

    def confirm(self, key: PageKey, sent: PageHead, confirmed: PageHead) -> None:
        """Put a head with later times in place of the one that was `sent`, if that is still it."""

    def read_updates(self, key: PageKey, head: PageHead) -> dict[int, datetime]:
        """When each item was updated, by its id, on a page that still has a head's content."""


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


def hash_rows(rows: Sequence[IssueRow]) -> str:
    """SHA-256 of a page's objects as received."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row["raw"].encode())
    return digest.hexdigest()
