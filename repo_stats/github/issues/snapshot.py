"""Snapshots of lists of open issues: what a list held at one moment, although it changes.

`walk` reads the pages, `proof` decides whether their times prove the list, and `settling` explains
what changed in a long list meanwhile. `docs/exactness.md` gives the whole argument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from repo_stats.clock import ClockWatch
from repo_stats.github.issues.page_reader import (
    Outcome,
    PageReader,
    PageResult,
    with_outcomes_of,
)
from repo_stats.github.issues.planning import ListPlan
from repo_stats.github.issues.proof import PagesProof
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.settling import MOST_ROUNDS, Settlement
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.parsing import IssueRow
from repo_stats.json_codec import UtcTime


@dataclass(frozen=True)
class ListSnapshot:
    """What a list held.

    Attributes:
        results: its pages in order.
        is_exact: whether the items are proved to be those of one moment.
        rounds: how often pages were requested again for that proof.
        changes: how many pages (of a list by numbers) or items changed while the list was read.
        started_at: when the earliest of the pages' latest requests was sent (UTC).
        ended_at: when the proof was complete (UTC).
        touched: items that were touched while the list was read, by id. They replace the same items
            on the pages.
        vanished: ids of items on the pages that were deleted or transferred meanwhile.
    """

    results: Sequence[PageResult]
    is_exact: bool
    rounds: int
    changes: int
    started_at: UtcTime
    ended_at: UtcTime
    touched: Mapping[int, IssueRow] = field(default_factory=dict)
    vanished: frozenset[int] = frozenset()

    @property
    def repo(self) -> str:
        """The watchlist's name of the repository."""
        return self.results[0].key.repo


async def read_list(pages: PageReader, plan: ListPlan) -> ListSnapshot:
    """Read what is planned of a list, and then take a snapshot of the whole list.

    Raises:
        GitHubError: a page cannot be read; the pages that were read are stored.
    """
    watch = ClockWatch()
    reader = ListReader(pages, plan.issue_list)
    planned: list[PageResult] = []
    for wave in plan.waves:
        parts = await pages.gather(wave, reader.read)
        planned += [result for part in parts for result in part]
    snapshot = await _take_timed_snapshot(reader, watch)
    return replace(snapshot, results=with_outcomes_of(planned, snapshot.results))


async def take_snapshot(pages: PageReader, issue_list: IssueList) -> ListSnapshot:
    """Read a list to its end, and prove what it held.

    If the clock is set back meanwhile, the times of the pages do not show in which order they were
    read, and prove nothing: all pages are requested again, once.

    Args:
        pages: reads its pages.
        issue_list: the list.

    Raises:
        GitHubError: a page cannot be read; the pages that were read are stored.
    """
    return await _take_timed_snapshot(ListReader(pages, issue_list), ClockWatch())


async def _take_timed_snapshot(reader: ListReader, watch: ClockWatch) -> ListSnapshot:
    """Take a snapshot, and take it again, once, if the clock was set back meanwhile."""
    snapshot = await _take_snapshot(reader)
    if not watch.was_set_back():
        return snapshot
    watch = ClockWatch()
    again = await _take_snapshot(reader.since(datetime.now(timezone.utc)))
    results = with_outcomes_of(snapshot.results, again.results)
    is_exact = again.is_exact and not watch.was_set_back()
    return replace(again, results=results, is_exact=is_exact)


async def _take_snapshot(reader: ListReader) -> ListSnapshot:
    results = await reader.read_to_end()
    rounds = changes = 0
    while not _is_proved(results) and rounds < MOST_ROUNDS and _may_come_to_rest(results):
        rounds += 1
        again = await _read_again(reader, results)
        changes += sum(result.outcome is Outcome.FETCHED for result in again)
        results = with_outcomes_of(results, again)
    if not _is_proved(results) and PagesProof(results).is_numbered:
        # The list is too restless for page numbers: windows can be proved while it moves.
        results = await reader.read_windows()
    if _is_proved(results):
        return _snapshot(results, is_exact=True, rounds=rounds, changes=changes)
    settled = await _settle(reader, results, rounds)
    if settled.is_exact:
        return settled
    # An item appeared that no change explains, or GitHub lagged: start again, once.
    fresh_reader = reader.since(datetime.now(timezone.utc))
    return await _settle(fresh_reader, await fresh_reader.read_windows(), settled.rounds)


async def _read_again(reader: ListReader, results: Sequence[PageResult]) -> list[PageResult]:
    """Step 5: request the end again if it was requested too early, then the other pages likewise.

    The walk between the two finds the end if it has moved.
    """
    proof = PagesProof(results)
    # If the pages share a moment, an item is on two of them because GitHub lagged, or a time is
    # later than now. Then all pages are read again.
    is_timed = proof.shares_a_moment
    moment = datetime.now(timezone.utc) if is_timed else proof.latest_beginning
    asked = await reader.since(moment).pages.read_again(results[-1:], reader.issue_list)
    walked = await reader.read_to_end()
    after_the_end = reader.since(walked[-1].head.answered_at)
    asked += await after_the_end.pages.read_again(walked[:-1], reader.issue_list)
    return with_outcomes_of([*asked, *walked], await reader.read_to_end())


async def _settle(
    reader: ListReader, windows: Sequence[PageResult], earlier_rounds: int
) -> ListSnapshot:
    settled = await Settlement(reader, windows).settle()
    return _snapshot(
        settled.windows,
        is_exact=settled.is_exact,
        rounds=earlier_rounds + settled.rounds,
        changes=len(settled.touched) + len(settled.vanished),
        touched=settled.touched,
        vanished=settled.vanished,
    )


def _snapshot(
    results: Sequence[PageResult],
    *,
    is_exact: bool,
    rounds: int,
    changes: int,
    touched: Mapping[int, IssueRow] | None = None,
    vanished: frozenset[int] = frozenset(),
) -> ListSnapshot:
    return ListSnapshot(
        results=results,
        is_exact=is_exact,
        rounds=rounds,
        changes=changes,
        started_at=min(result.head.validated_at for result in results),
        ended_at=datetime.now(timezone.utc),
        touched=touched or {},
        vanished=vanished,
    )


def _is_proved(results: Sequence[PageResult]) -> bool:
    proof = PagesProof(results)
    return proof.proves_the_list and proof.is_past(datetime.now(timezone.utc))


def _may_come_to_rest(results: Sequence[PageResult]) -> bool:
    return PagesProof(results).may_come_to_rest
