"""Bounds of reading one list, so that a server that does not answer as GitHub does is left soon.

It may ignore what it is asked, repeat a page, or invent cursors and items. The bounds are wide
enough for every honest list: counters lag by minutes, items are touched while the list is read, and
windows of time waste pages. They are told in `docs/exactness.md`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from repo_stats.github.errors import EndlessListError, PageCapError, PermanentError
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import (
    SPARE_PAGES,
    IssueList,
    believe_number,
    most_pages,
)

WASTE = 3
"""How many times as many pages may be read in all: windows waste pages where items are few."""


class NewItems:
    """Notices pages that bring nothing new.

    Args:
        repo: the repository, for the error message.
    """

    def __init__(self, repo: str) -> None:
        self._repo = repo
        self._seen: set[tuple[int, int]] = set()

    def require(self, updates: Mapping[int, int]) -> None:
        """Check that a page after which the list goes on has an item that no page before had.

        An item that was touched meanwhile is new: it moves to the end of the list.

        Args:
            updates: when each item of the page was updated, in seconds, by the item's id.

        Raises:
            EndlessListError: all of them were there before.
        """
        if self._seen.issuperset(updates.items()):
            raise EndlessListError(
                f"GitHub's list of {self._repo} goes on, but its next page brought no new item, so "
                "it was not read further; the next refresh tries again."
            )
        self._seen.update(updates.items())


class Walk:
    """Counts the pages of one reading of a list. Pages that are requested again count once.

    Args:
        issue_list: the list.
        usage: what the client's requests cost.
        is_alone: whether the run reads no other list, so that this one may have the whole quota.
    """

    def __init__(self, issue_list: IssueList, usage: Usage, *, is_alone: bool) -> None:
        self._issue_list = issue_list
        self._usage = usage
        self._is_alone = is_alone
        self._pages: set[PageKey] = set()
        self._fetched: set[PageKey] = set()
        self._longer: set[PageKey] = set()
        self._highest = 0
        self._refusal: PermanentError | None = None

    @contextmanager
    def read_part(self) -> Iterator[None]:
        """Read a part of the list, unless the reading of another part has ended it.

        Raises:
            PermanentError: the list cannot be read.
        """
        if self._refusal is not None:
            raise self._refusal
        try:
            yield
        except PageCapError:
            raise  # the list is read in another way then
        except PermanentError as error:
            self._refusal = error
            raise

    def count(self, result: PageResult) -> None:
        """Count a page.

        Raises:
            EndlessListError: there are more pages than the list can have.
            PermanentError: the list has taken more of the quota than it leaves to others.
        """
        self._pages.add(result.key)
        self._highest = max(self._highest, result.highest)
        if result.outcome is Outcome.FETCHED:
            self._fetched.add(result.key)
        if len(self._pages) > WASTE * self._most_pages:
            self._refuse_more(len(self._pages))
        if result.outcome is Outcome.FETCHED:  # the others take nothing from the quota
            self._require_share(result)

    def count_longer(self, result: PageResult) -> None:
        """Count a page after which the list goes on.

        Raises:
            EndlessListError: there are more such pages than the list can have.
        """
        if result.outcome is Outcome.FETCHED:
            self._longer.add(result.key)
        if len(self._longer) > self._most_pages:
            self._refuse_more(len(self._longer))

    @property
    def _items(self) -> int:
        """About how many items the list has."""
        counter, per_page = self._issue_list.counter, self._issue_list.per_page
        if self._issue_list.state != "all":
            return counter
        return believe_number(self._highest, counter, per_page)

    @property
    def _most_pages(self) -> int:
        return most_pages(self._items, self._issue_list.per_page)

    def _refuse_more(self, pages: int) -> None:
        raise EndlessListError(
            f"GitHub's list of {self._issue_list.repo} goes on after {pages:,} pages, although it "
            f"should have about {self._items:,} items, so it was not read further; the next "
            "refresh tries again."
        )

    def _require_share(self, result: PageResult) -> None:
        quota, taken = self._usage.quota, len(self._fetched)
        if self._is_alone or quota is None:
            return
        # The latest quota may be of a response for another repository, which may be wrong.
        remaining = max(quota.remaining, result.remaining or 0)
        if taken <= max(SPARE_PAGES, remaining):
            return
        raise PermanentError(
            f"The list of {self._issue_list.repo} has taken {taken:,} requests, more than the "
            f"{remaining:,} that are left for other repositories, and is not at its end; the next "
            "refresh goes on with it."
        )
