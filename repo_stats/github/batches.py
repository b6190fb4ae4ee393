"""Spreading what is to be read over the steps of a run. Pure values and functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from math import ceil

from repo_stats.github.lists import ListSource, PageRequest, plan_numbered
from repo_stats.github.pace import Pace
from repo_stats.github.pages import Freshness, PageHead, PageKey
from repo_stats.github.scan import PageResult, is_cut_by_time
from repo_stats.github.spans import Span, plan_spans
from repo_stats.github.usage import Usage

LEAST_PAGES_PER_STEP = 3
"""Fewer pages are not worth a process of their own: a step costs as much as its requests."""

_NEVER = datetime.min.replace(tzinfo=timezone.utc)
_Unit = PageRequest | Span


@dataclass(frozen=True)
class ListPlan:
    """What has to be read of one list, as far as that can be told before.

    Attributes:
        read_at: when the page was read that was read longest ago (UTC), for the order of lists.
        requests: pages by number.
        spans: spans of time.
    """

    read_at: datetime
    requests: Sequence[PageRequest] = ()
    spans: Sequence[Span] = ()


@dataclass(frozen=True)
class PageBatch:
    """What one step reads, and how fast it may.

    Attributes:
        requests: pages by number.
        spans: spans of time.
        pages: how many answers it will take, by what is known before.
        in_flight: its share of the requests under way at once.
        pace: its share of the requests a minute.
    """

    requests: Sequence[PageRequest]
    spans: Sequence[Span]
    pages: int
    in_flight: int
    pace: Pace


@dataclass(frozen=True)
class FetchReport:
    """What one step read, what that cost, and why it could not read some repositories."""

    results: Sequence[PageResult]
    usage: Usage
    reasons: Mapping[str, str]


def plan_list(
    source: ListSource, heads: Mapping[PageKey, PageHead], freshness: Freshness
) -> ListPlan:
    """What has to be read of a list.

    Args:
        source: the list.
        heads: its stored pages.
        freshness: tells which of them need not be read.
    """
    read_at = min((head.validated_at for head in heads.values()), default=_NEVER)
    if is_cut_by_time(source, heads):
        return ListPlan(read_at, spans=plan_spans(source, heads, freshness))
    numbered: list[PageHead] = []
    while (key := PageKey.numbered(source.repo, len(numbered) + 1)) in heads:
        numbered.append(heads[key])
    return ListPlan(read_at, requests=plan_numbered(source, numbered, freshness))


def make_batches(
    plans: Sequence[ListPlan], most_steps: int, in_flight: int, pace: Pace
) -> list[PageBatch]:
    """Spread plans over steps of about the same work, those that waited longest first.

    A list that was never cut into windows is one span, which only one step can take: how its items
    are spread over time is found on the way. That step gets the more of the requests in flight.

    Args:
        plans: what has to be read.
        most_steps: the most steps to make.
        in_flight: requests that all steps together may have under way.
        pace: requests a minute that all steps together may send.
    """
    ordered = sorted(plans, key=lambda plan: plan.read_at)
    units: list[_Unit] = []
    for plan in ordered:
        units += [*plan.requests, *plan.spans]
    total = sum(map(_weigh, units))
    most = min(most_steps, in_flight, len(units), ceil(total / LEAST_PAGES_PER_STEP))
    parts: list[list[_Unit]] = [[] for _ in range(most)]
    weights = [0] * most
    shares = pace.split(most) if most else []
    for unit in units:
        lightest = weights.index(min(weights))
        parts[lightest].append(unit)
        weights[lightest] += _weigh(unit)
    return [
        PageBatch(
            requests=[unit for unit in part if isinstance(unit, PageRequest)],
            spans=[unit for unit in part if isinstance(unit, Span)],
            pages=weight,
            in_flight=1 + (in_flight - most) * weight // total,
            pace=share,
        )
        for part, weight, share in zip(parts, weights, shares, strict=True)
    ]


def _weigh(unit: _Unit) -> int:
    """How many answers it will take to read it, by what is known before."""
    return unit.pages if isinstance(unit, Span) and unit.is_whole_list else 1
