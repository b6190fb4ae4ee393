"""Spreading what is to be read over the steps of a run. Pure values and functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from repo_stats.github.pace import Pace
from repo_stats.github.plans import ListPlan, Unit, count_pages

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
        pace: its share of the requests a minute.
    """

    lists: Sequence[ListPlan]
    units: Sequence[Unit]
    pages: int
    in_flight: int
    pace: Pace


def make_batches(
    plans: Sequence[ListPlan], most_steps: int, in_flight: int, pace: Pace
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
        pace: requests a minute that all steps together may send.
    """
    work: list[ListPlan | Unit] = []
    for plan in sorted(plans, key=lambda plan: plan.read_at):
        if plan.units:
            work += [plan] if _is_for_one_step(plan) else reversed(plan.units)
    total = sum(map(_weigh, work))
    most = min(most_steps, in_flight, len(work), ceil(total / LEAST_PAGES_PER_STEP))
    parts: list[list[ListPlan | Unit]] = [[] for _ in range(most)]
    weights = [0] * most
    shares = pace.split(most) if most else []
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
            pace=share,
        )
        for part, weight, share in zip(parts, weights, shares, strict=True)
    ]


def _is_for_one_step(plan: ListPlan) -> bool:
    return len(plan.units) == 1 or plan.pages < 2 * LEAST_PAGES_PER_STEP


def _weigh(piece: ListPlan | Unit) -> int:
    return piece.pages if isinstance(piece, ListPlan) else count_pages(piece)
