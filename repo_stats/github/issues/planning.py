"""What has to be read of each list, and how the steps of a run share that work. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from repo_stats.clock import NEVER, trust
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import IssueList, PageRequest, most_pages
from repo_stats.github.issues.windows import TimeRange, is_cut_by_time, plan_time_ranges
from repo_stats.json_codec import UtcTime

LEAST_PAGES_PER_STEP = 3
"""The least work that is worth a process of its own: a step costs as much as that many requests."""

Work = PageRequest | TimeRange
"""A part of a list that can be read by itself: a page by its number, or a time range."""


@dataclass(frozen=True)
class ListPlan:
    """What has to be read of one list.

    Attributes:
        issue_list: the list.
        read_at: the earliest of the times at which its pages were last read (UTC).
        is_known: whether the list's end is known from an earlier run.
        work: what to read, in the order of the list.
    """

    issue_list: IssueList
    read_at: UtcTime
    is_known: bool
    work: Sequence[Work]

    @property
    def pages(self) -> int:
        """The expected number of pages to read."""
        return sum(map(count_pages, self.work))

    @property
    def waves(self) -> Sequence[Sequence[Work]]:
        """The work in two waves, ordered so that the proof needs the fewest requests.

        Step 3 of the proof needs all other pages to be known both before and after the end is
        requested. Pages that an earlier run stored are known before, so they are validated after
        the end. If they are not stored, they have to be read before it.
        """
        others, end = self.work[:-1], self.work[-1:]
        return [end, others] if self.is_known else [others, end]

    @property
    def is_for_one_step(self) -> bool:
        """Whether one step reads the list and proves it.

        A list whose end is known always goes to one step: only within a step can the request for
        the end come before all others. So does a long list that was never read, because only
        reading it shows how its items spread over time.
        """
        is_long = isinstance(self.work[0], TimeRange)
        return self.is_known or is_long or self.pages < 2 * LEAST_PAGES_PER_STEP


@dataclass(frozen=True)
class PageBatch:
    """What one step reads, and how fast it may.

    Attributes:
        lists: the lists that the step reads to their end, and proves.
        work: its parts of the lists that several steps read.
        pages: the expected number of pages to read.
        in_flight: its share of the requests under way at once.
        sliding_window: its share of the requests a minute.
        heads: the heads of its lists' stored pages, by repository, so that it need not read them.
    """

    lists: Sequence[ListPlan]
    work: Sequence[Work]
    pages: int
    in_flight: int
    sliding_window: SlidingWindow
    heads: Mapping[str, Mapping[PageKey, PageHead]] = field(default_factory=dict)

    @property
    def repos(self) -> list[str]:
        """The repositories whose lists it reads, or parts of them."""
        pieces = [*self.lists, *self.work]
        return list(dict.fromkeys(piece.issue_list.repo for piece in pieces))


def plan_list(
    issue_list: IssueList,
    heads: Mapping[PageKey, PageHead],
    freshness: Freshness,
    now: datetime,
) -> ListPlan:
    """What has to be read of a list.

    Args:
        issue_list: the list.
        heads: the heads of its stored pages.
        freshness: which of them need no request.
        now: the present (UTC).
    """
    read_at = min((trust(head.validated_at, now) for head in heads.values()), default=NEVER)
    if is_cut_by_time(issue_list, heads):
        work = plan_time_ranges(issue_list, heads, freshness, now)
        return ListPlan(issue_list, read_at, bool(heads), work)
    numbered = _without_gap(issue_list, heads)
    is_known = bool(numbered) and numbered[-1].ends_list
    requests = _plan_numbered(issue_list, numbered, freshness, now)
    return ListPlan(issue_list, read_at, is_known, requests)


def make_batches(
    plans: Sequence[ListPlan], most_steps: int, in_flight: int, sliding_window: SlidingWindow
) -> list[PageBatch]:
    """Spread plans over steps of about equal work, the lists that waited longest first.

    A list that is not for one step is shared among several, beginning with its last pages. A step
    with more to read gets a larger share of the requests in flight.

    Args:
        plans: what has to be read.
        most_steps: the most steps to make.
        in_flight: requests that all steps together may have under way.
        sliding_window: requests a minute that all steps together may send.
    """
    pieces: list[ListPlan | Work] = []
    for plan in sorted(plans, key=lambda plan: plan.read_at):
        if plan.work:
            pieces += [plan] if plan.is_for_one_step else reversed(plan.work)
    total = sum(map(_weigh, pieces))
    steps = min(most_steps, in_flight, len(pieces), ceil(total / LEAST_PAGES_PER_STEP))
    parts: list[list[ListPlan | Work]] = [[] for _ in range(steps)]
    weights = [0] * steps
    for piece in pieces:
        lightest = weights.index(min(weights))
        parts[lightest].append(piece)
        weights[lightest] += _weigh(piece)
    shares = sliding_window.split(steps) if steps else []
    return [
        PageBatch(
            lists=[piece for piece in part if isinstance(piece, ListPlan)],
            work=[piece for piece in part if not isinstance(piece, ListPlan)],
            pages=weight,
            in_flight=1 + (in_flight - steps) * weight // total,
            sliding_window=share,
        )
        for part, weight, share in zip(parts, weights, shares, strict=True)
    ]


def count_pages(work: Work) -> int:
    """The expected number of pages of some work."""
    return work.pages if isinstance(work, TimeRange) and work.is_whole_list else 1


def _without_gap(issue_list: IssueList, heads: Mapping[PageKey, PageHead]) -> list[PageHead]:
    """The stored pages from number 1 on, as far as none is missing."""
    numbered: list[PageHead] = []
    while (key := PageKey.numbered(issue_list.repo, len(numbered) + 1)) in heads:
        numbered.append(heads[key])
    return numbered


def _plan_numbered(
    issue_list: IssueList, heads: Sequence[PageHead], freshness: Freshness, now: datetime
) -> list[PageRequest]:
    """The pages to read by number, as far as they can be known before any is read.

    A list that was read to its end before is expected to have its stored length. Any other list is
    expected to have the length that GitHub's counter suggests. The walk then finds the true end.

    Args:
        issue_list: the list.
        heads: the heads of its stored pages from number 1 on, without a gap.
        freshness: which of them need no request.
        now: the present (UTC).
    """
    is_complete = bool(heads) and heads[-1].ends_list
    guess = max(1, ceil(issue_list.counter / issue_list.per_page))
    length = len(heads) if is_complete else max(len(heads), guess)
    length = min(length, most_pages(issue_list.counter, issue_list.per_page))
    padded = [*heads[:length], *[None] * (length - len(heads))]
    requests = [issue_list.numbered(number) for number in range(1, length + 1)]
    return [
        request
        for request, stored in zip(requests, padded, strict=True)
        if not freshness.covers(stored, request.url, now)
    ]


def _weigh(piece: ListPlan | Work) -> int:
    return piece.pages if isinstance(piece, ListPlan) else count_pages(piece)
