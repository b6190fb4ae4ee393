"""What has to be read of a list, as far as that can be told before. Pure values and functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from repo_stats.github.lists import ListSource, PageRequest, plan_numbered
from repo_stats.github.pages import Freshness, PageHead, PageKey
from repo_stats.github.scan import is_cut_by_time
from repo_stats.github.spans import Span, plan_spans

_NEVER = datetime.min.replace(tzinfo=timezone.utc)

Unit = PageRequest | Span
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

    source: ListSource
    read_at: datetime
    is_known: bool
    units: Sequence[Unit]

    @property
    def pages(self) -> int:
        """How many answers it will take, by what is known before."""
        return sum(map(count_pages, self.units))

    @property
    def waves(self) -> Sequence[Sequence[Unit]]:
        """What to read at once, one after the other, for the least to be looked at again.

        What proves a list is a look at its last page between two moments when all others are
        known to be as they are: so the others come after it if they were read before, else first.
        """
        others, end = self.units[:-1], self.units[-1:]
        return [end, others] if self.is_known else [others, end]


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
        return ListPlan(source, read_at, bool(heads), plan_spans(source, heads, freshness))
    numbered: list[PageHead] = []
    while (key := PageKey.numbered(source.repo, len(numbered) + 1)) in heads:
        numbered.append(heads[key])
    is_known = bool(numbered) and numbered[-1].ends_list
    return ListPlan(source, read_at, is_known, plan_numbered(source, numbered, freshness))


def count_pages(unit: Unit) -> int:
    """How many answers it will take to read it, by what is known before."""
    return unit.pages if isinstance(unit, Span) and unit.is_whole_list else 1
