"""What has to be read of a list, as far as that can be told before. Pure values and functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from math import ceil

from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import IssueList, PageRequest, plan_numbered
from repo_stats.github.issues.windows import TimeRange, is_cut_by_time, plan_time_ranges

_NEVER = datetime.min.replace(tzinfo=timezone.utc)


Work = PageRequest | TimeRange
"""What can be read by itself: a page by its number, or a stretch of time."""


@dataclass(frozen=True)
class ListPlan:
    """What has to be read of one list.

    Attributes:
        source: the list.
        read_at: when the page was read that was read longest ago (UTC), for the order of lists.
        is_known: whether its end is known from an earlier time.
        units: what to read, in the order of the list.
    """

    source: IssueList
    read_at: datetime
    is_known: bool
    units: Sequence[Work]

    @property
    def pages(self) -> int:
        """How many answers it will take, by what is known before."""
        return sum(map(count_pages, self.units))

    @property
    def waves(self) -> Sequence[Sequence[Work]]:
        """What to read at once, one after the other, for the least to be looked at again.

        What proves a list is a look at its last page between two moments when all others are
        known to be as they are: so the others come after it if they were read before, else first.
        """
        others, end = self.units[:-1], self.units[-1:]
        return [end, others] if self.is_known else [others, end]


def plan_list(
    source: IssueList, heads: Mapping[PageKey, PageHead], freshness: Freshness
) -> ListPlan:
    """What has to be read of a list.

    Args:
        source: the list.
        heads: its stored pages.
        freshness: tells which of them need not be read.
    """
    read_at = min((head.validated_at for head in heads.values()), default=_NEVER)
    if is_cut_by_time(source, heads):
        return ListPlan(source, read_at, bool(heads), plan_time_ranges(source, heads, freshness))
    numbered: list[PageHead] = []
    while (key := PageKey.numbered(source.repo, len(numbered) + 1)) in heads:
        numbered.append(heads[key])
    is_known = bool(numbered) and numbered[-1].ends_list
    return ListPlan(source, read_at, is_known, plan_numbered(source, numbered, freshness))


def count_pages(unit: Work) -> int:
    """How many answers it will take to read it, by what is known before."""
    return unit.pages if isinstance(unit, TimeRange) and unit.is_whole_list else 1


LEAST_PAGES_PER_STEP = 3
"""Fewer pages are not worth a process of their own: a step costs as much as its requests."""


@dataclass(frozen=True)
class PageBatch:
    """What one step reads, and how fast it may.

    Attributes:
        lists: lists that it reads to their end, and proves.
        units: its parts of lists that several steps read.
        pages: how many answers it will take, by what is known before.
        in_flight: its share of the requests under way at once.
        sliding_window: its share of the requests a minute.
    """

    lists: Sequence[ListPlan]
    units: Sequence[Work]
    pages: int
    in_flight: int
    sliding_window: SlidingWindow


def make_batches(
    plans: Sequence[ListPlan], most_steps: int, in_flight: int, sliding_window: SlidingWindow
) -> list[PageBatch]:
    """Spread plans over steps of about the same work, those that waited longest first.

    A list goes to one step if it takes fewer pages than two steps are worth, or if it is long and
    was never read: how its items are spread over time is found on the way. Others are parted, from
    their end on, whose look should come before those at the other pages. A step with more to read
    gets the more of the requests in flight.

    Args:
        plans: what has to be read.
        most_steps: the most steps to make.
        in_flight: requests that all steps together may have under way.
        sliding_window: requests a minute that all steps together may send.
    """
    work: list[ListPlan | Work] = []
    for plan in sorted(plans, key=lambda plan: plan.read_at):
        if plan.units:
            work += [plan] if _is_for_one_step(plan) else reversed(plan.units)
    total = sum(map(_weigh, work))
    most = min(most_steps, in_flight, len(work), ceil(total / LEAST_PAGES_PER_STEP))
    parts: list[list[ListPlan | Work]] = [[] for _ in range(most)]
    weights = [0] * most
    shares = sliding_window.split(most) if most else []
    for piece in work:
        lightest = weights.index(min(weights))
        parts[lightest].append(piece)
        weights[lightest] += _weigh(piece)
    return [
        PageBatch(
            lists=[piece for piece in part if isinstance(piece, ListPlan)],
            units=[piece for piece in part if not isinstance(piece, ListPlan)],
            pages=weight,
            in_flight=1 + (in_flight - most) * weight // total,
            sliding_window=share,
        )
        for part, weight, share in zip(parts, weights, shares, strict=True)
    ]


def _is_for_one_step(plan: ListPlan) -> bool:
    return len(plan.units) == 1 or plan.pages < 2 * LEAST_PAGES_PER_STEP


def _weigh(piece: ListPlan | Work) -> int:
    return piece.pages if isinstance(piece, ListPlan) else count_pages(piece)
