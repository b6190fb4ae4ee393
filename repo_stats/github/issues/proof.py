"""What the times of pages prove about a list. Pure. The steps are those of `docs/exactness.md`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from repo_stats.clock import NEVER, is_ahead
from repo_stats.github.issues.page_reader import EMPTY_LIST_PAUSE, PageResult


@dataclass(frozen=True)
class PagesProof:
    """All pages of a list in order, and what their times prove.

    Attributes:
        pages: at least one page. The last one is the end of the list.
    """

    pages: Sequence[PageResult]

    @property
    def is_numbered(self) -> bool:
        """Whether the pages have numbers; else they are windows of time."""
        return self.pages[0].key.number is not None

    @property
    def latest_beginning(self) -> datetime:
        """The latest time at which a page other than the end got its present content."""
        return max((page.head.fetched_at for page in self.pages[:-1]), default=NEVER)

    @property
    def others_began_before_the_end_was_requested(self) -> bool:
        """Step 3, first half: all other pages had their content when the end was requested."""
        return self.latest_beginning <= self.pages[-1].head.validated_at

    @property
    def others_were_validated_after_the_end_answered(self) -> bool:
        """Step 3, second half: all others still had it when the response for the end arrived."""
        last_validated = min(page.head.validated_at for page in self.pages[:-1])
        return self.pages[-1].head.answered_at <= last_validated

    @property
    def shares_a_moment(self) -> bool:
        """Step 3: at some moment every page held the items it holds now.

        That holds for times that follow each other: see `is_past`, and `ClockWatch`.
        """
        if len(self.pages) == 1:
            return True
        return (
            self.others_began_before_the_end_was_requested
            and self.others_were_validated_after_the_end_answered
        )

    def is_past(self, now: datetime) -> bool:
        """Whether no page has a time later than now, as a clock that was ahead has given it."""
        return not any(is_ahead(page.head.answered_at, now, 0) for page in self.pages)

    @property
    def has_no_item_twice(self) -> bool:
        """Step 4: no item is on two pages, so that the pages hold as many items as the list."""
        ids: set[int] = set()
        return len(ids.union(*(page.head.updates for page in self.pages))) == sum(
            len(page.head.updates) for page in self.pages
        )

    @property
    def proves_the_list(self) -> bool:
        """Steps 3 and 4: the pages hold all items of one moment, and no others.

        Windows do not need step 4: their bounds are in the past, where no update can add an item.
        """
        return self.shares_a_moment and (not self.is_numbered or self.has_no_item_twice)

    @property
    def may_come_to_rest(self) -> bool:
        """Step 5: whether requesting pages again can complete the proof.

        Windows are not requested again if some of them changed: `settling` proves those.
        """
        return self.is_numbered or self.others_began_before_the_end_was_requested


def is_implausible(results: Sequence[PageResult]) -> bool:
    """Whether the latest page is empty although the page before it had a `next` just before."""
    if len(results) < 2 or results[-1].head.rows > 0:
        return False
    before, latest = results[-2].head, results[-1].head
    retried_at = before.fetched_at + timedelta(seconds=EMPTY_LIST_PAUSE)
    return before.next_url is not None and latest.fetched_at < retried_at
