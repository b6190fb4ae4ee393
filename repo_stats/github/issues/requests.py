"""Lists of issues and the addresses of their pages.

`planning` decides which pages to read by number, and `windows` which windows of time.
"""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from math import ceil
from urllib.parse import urlencode

from repo_stats.github.issues.pages import PageHead, PageKey

MOST_NUMBERED = 1_000
"""The longest list that is read by page numbers. This is the lowest cap that was ever reported
(google/go-github#3565, MeltanoLabs/tap-github#415)."""

BEGINNING = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""Stands in keys for the beginning of time: the first window of a list has no lower bound, because
items from other trackers keep updates that are older than GitHub. It is never sent: GitHub answers
`since=1970-01-01T00:00:00Z` with an empty list (airbytehq/airbyte#85376)."""

MOST_PAGES = 10_000
"""Pages of a million items. No counter, however large, lets a list be read any further."""

SPARE_PAGES = 20
"""Pages that a list may have although GitHub's counter knows nothing of them."""


def most_pages(items: int, per_page: int) -> int:
    """The most pages that a list of about as many items can have: counters lag by minutes."""
    return min(MOST_PAGES, 2 * ceil(items / per_page) + SPARE_PAGES)


def believe_number(highest: int, counter: int, per_page: int) -> int:
    """About how many items there are, open or not, if one has this number.

    Items that were imported have higher numbers than the newest one. But a server that invents
    items invents numbers, too. So a number is believed only up to ten times the counter.
    """
    return max(counter, min(highest, 10 * (counter + SPARE_PAGES * per_page)))


@dataclass(frozen=True)
class IssueList:
    """The list of issues of one repository, and how it is cut into pages.

    Attributes:
        repo: the watchlist's name of the repository.
        repo_id: GitHub's number of it, which stays valid when the name changes.
        api_url: base URL of the API.
        per_page: items on a page, at most 100.
        has_issues: whether issues are enabled; if they are not, GitHub may have no list.
        counter: roughly how many items are listed; GitHub's own counter of open items may lag.
        state: which items are listed: `open`, or `all`.
        full_name: GitHub's name of the repository; empty if it is not known.
    """

    repo: str
    repo_id: int
    api_url: str
    per_page: int
    has_issues: bool = field(default=True, compare=False)
    counter: int = field(default=0, compare=False)
    state: str = "open"
    full_name: str = field(default="", compare=False)

    def numbered(self, number: int) -> "PageRequest":
        """The request for a page by its number.

        The oldest items come first. New items are added at the end and leave earlier pages as they
        are.
        """
        order = {"state": "open", "sort": "created", "direction": "asc"}
        url = self._url({**order, "per_page": self.per_page, "page": number})
        is_expected = number == 1 and self.counter > 0 and self.has_issues
        return PageRequest(self, PageKey.numbered(self.repo, number), url, is_expected)

    def window(self, since: datetime) -> "PageRequest":
        """The request for the items updated at a time (UTC) or later, in the order of updates.

        From `BEGINNING` on these are all items.
        """
        url = self._url(self._updated_since(since, self.state))
        return PageRequest(self, PageKey.window(self.repo, since), url)

    def counted_url(self, since: datetime, number: int) -> str:
        """The address of a page by its number among the items updated since a time (UTC)."""
        return self._url({**self._updated_since(since, self.state), "page": number})

    def changes_url(self, since: datetime) -> str:
        """The address of all items, open or not, that were updated since a time (UTC)."""
        return self._url(self._updated_since(since, "all"))

    def placed_url(self, since: datetime, place: int, *, is_from_end: bool) -> str:
        """The address of a list of one item: that at a place among the items sorted by update.

        Args:
            since: only the items updated at this time (UTC) or later have places.
            place: counted from 1.
            is_from_end: whether it is counted from the item that was updated last.
        """
        order = {**self._updated_since(since, self.state), "per_page": 1, "page": place}
        return self._url({**order, "direction": "desc"} if is_from_end else order)

    def newest_url(self) -> str:
        """The address of a list of one item: the item that was opened last."""
        order = {"state": self.state, "sort": "created", "direction": "desc"}
        return self._url({**order, "per_page": 1})

    def request(self, key: PageKey, stored: PageHead | None) -> "PageRequest":
        """The request for a page by its key.

        Raises:
            ValueError: only the page before this one gives its address.
        """
        if key.number is not None:
            return self.numbered(key.number)
        if key.part and stored is not None:
            return PageRequest(self, key, stored.url)
        if key.part or key.since is None:
            raise ValueError(f"{key} has no address of its own; materialise open_issues instead.")
        return self.window(key.since)

    def _updated_since(self, since: datetime, state: str) -> dict[str, str | int]:
        order = {"state": state, "sort": "updated", "direction": "asc"}
        bound = {"since": _stamp(since)} if since > BEGINNING else {}
        return {**order, **bound, "per_page": self.per_page}

    def _url(self, query: dict[str, str | int]) -> str:
        return f"{self.api_url}/repositories/{self.repo_id}/issues?{urlencode(query)}"


@dataclass(frozen=True)
class PageRequest:
    """One page to be read from one address.

    Attributes:
        issue_list: the list.
        key: the page's name.
        url: the address.
        is_expected: whether items are expected, so that an empty page is requested twice.
    """

    issue_list: IssueList
    key: PageKey
    url: str
    is_expected: bool = False


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
