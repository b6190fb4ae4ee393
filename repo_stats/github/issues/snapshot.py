"""Proving that what was read of a list is the list as it stood at one moment.

An item that is on a page at two looks, updated at the same time, was open all the while: to come
back it would have to be reopened, which is an update. So all items of a page were open from when
its content was first received until the last request that GitHub answered with the same. On the
last page items may come and go between two looks, so that it tells of the moments of a look alone.
Where all other pages stand for such a moment, all of their items were open then. That there were no
more follows, for pages by number, from the place of the last one in the list, if no item is on two
of them; for windows, from their bounds, which are past: no item comes to have been updated there.

Where it is not so, first the last page and then the others are asked for again, which costs free
304s. This needs no trust in what GitHub tells of changes: deleted and transferred items, of which
it tells nothing, leave their page as well.

A long list is always on the move. The items that were touched while it was read, which are the only
ones that may be in the wrong place, are taken from the list of changes, which tells their state at
one moment; and that none of the others left the list until then is told by counting them.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from repo_stats.github.issues.changes import iterate_changes
from repo_stats.github.issues.counting import count_present
from repo_stats.github.issues.page_reader import (
    Outcome,
    PageResult,
    Reader,
    all_or_error,
    ask_for_page,
    confirm_page,
    look_again,
    with_outcomes_of,
)
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.planning import ListPlan
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.issues.walk import finish_list, read_windows, read_work
from repo_stats.github.issues.windows import find_ends
from repo_stats.github.parsing import IssueRow, parse_issues

MOST_ROUNDS = 4
"""How often the pages of a list are asked for again before it counts as too restless."""


CLOCK_MARGIN = timedelta(seconds=2)
"""GitHub tells times in whole seconds, and its machines may differ by a little."""


_Updates = Mapping[int, datetime]
"""When each item of a page was updated, by its id."""


@dataclass(frozen=True)
class ListSnapshot:
    """What a list holds.

    Attributes:
        results: its pages in order.
        is_exact: whether it is proved to be the list as it stood at one moment.
        rounds: how often pages were asked for again to prove it.
        changes: pages (of a list by numbers) or items that changed while the list was read.
        touched: items by their id that were touched while the list was read, as they were after
            that: they stand in place of what the pages say.
        vanished: ids of items on the pages that were deleted or transferred meanwhile.
        started_at: when the first of its pages was asked for or vouched for (UTC).
        ended_at: when the proof was complete (UTC).
    """

    results: Sequence[PageResult]
    is_exact: bool
    rounds: int
    changes: int
    ended_at: datetime
    touched: Mapping[int, IssueRow] = field(default_factory=dict)
    vanished: frozenset[int] = frozenset()

    @property
    def repo(self) -> str:
        """The watchlist's name of the repository."""
        return self.results[0].key.repo

    @property
    def started_at(self) -> datetime:
        """See the class."""
        return min(result.head.validated_at for result in self.results)


async def read_list(reader: Reader, plan: ListPlan) -> ListSnapshot:
    """Read what is planned of a list, and then the rest of it; see `read_exactly`."""
    planned: list[PageResult] = []
    for units in plan.waves:
        parts = await all_or_error(reader, units, lambda unit: read_work(reader, unit))
        planned += [result for part in parts for result in part]
    listing = await read_exactly(reader, plan.source)
    return replace(listing, results=with_outcomes_of(planned, listing.results))


async def read_exactly(reader: Reader, source: IssueList) -> ListSnapshot:
    """Read a list to its end, and prove what it holds.

    Args:
        reader: the API, the store, and what counts as fresh.
        source: the list.

    Raises:
        GitHubError: a page cannot be had; those read are stored.
    """
    results = await finish_list(reader, source)
    rounds = changes = 0
    is_exact = await _are_one_list(reader, results)
    while not is_exact and rounds < MOST_ROUNDS and _may_come_to_rest(results):
        rounds += 1
        again = await _read_again(reader, source, results)
        changes += sum(result.outcome is Outcome.FETCHED for result in again)
        results = with_outcomes_of(results, again)
        is_exact = await _are_one_list(reader, results)
    if not is_exact and _are_numbered(results):
        results = await read_windows(reader, source)
        is_exact = await _are_one_list(reader, results)
    if is_exact:
        return ListSnapshot(results, True, rounds, changes, datetime.now(timezone.utc))
    listing = await _settle(reader, source, results, rounds)
    if listing.is_exact:
        return listing
    anew = reader.since(datetime.now(timezone.utc))
    return await _settle(anew, source, await read_windows(anew, source), listing.rounds)


def share_a_moment(results: Sequence[PageResult]) -> bool:
    """Whether there was a look at the last page while all others are known to have been as here."""
    *others, end = results
    if not others:
        return True
    last_vouched_for = min(result.head.validated_at for result in others)
    return _begins_in_time(results) and end.head.answered_at <= last_vouched_for


async def _are_one_list(reader: Reader, results: Sequence[PageResult]) -> bool:
    """Whether pages are proved to hold all items of a moment; see the module."""
    if not share_a_moment(results):
        return False
    if len(results) == 1 or not _are_numbered(results):
        return True
    pages = [
        await asyncio.to_thread(reader.store.read_updates, result.key, result.head)
        for result in results
    ]
    return len(set().union(*pages)) == sum(map(len, pages))


def _begins_in_time(results: Sequence[PageResult]) -> bool:
    """Whether all other pages had come to be as they are before the last look at the last one."""
    return _latest_beginning(results) <= results[-1].head.validated_at


def _latest_beginning(results: Sequence[PageResult]) -> datetime:
    """When the page that came to be as it is last was first seen so; the last page left out."""
    return max(result.head.fetched_at for result in results[:-1])


def _are_numbered(results: Sequence[PageResult]) -> bool:
    return results[0].key.number is not None


def _may_come_to_rest(results: Sequence[PageResult]) -> bool:
    """Whether looking again may do: windows of which some changed are settled by what did."""
    return _are_numbered(results) or _begins_in_time(results)


async def _read_again(
    reader: Reader, source: IssueList, results: Sequence[PageResult]
) -> list[PageResult]:
    """Ask for the last page if it was asked for too early, and then for the others that were.

    What was found is the outcome for those; the walk then finds the end, should it have moved.
    """
    moment = _latest_beginning(results)
    if share_a_moment(results):
        moment = datetime.now(timezone.utc)
    asked = await look_again(reader.since(moment), results[-1:], source)
    walked = await finish_list(reader, source)
    after_the_end = reader.since(walked[-1].head.answered_at)
    asked += await look_again(after_the_end, walked[:-1], source)
    return with_outcomes_of([*asked, *walked], await finish_list(reader, source))


async def _settle(
    reader: Reader, source: IssueList, results: Sequence[PageResult], rounds: int
) -> ListSnapshot:
    """Make the items of windows those of the moment when the list of changes was read.

    An untouched item is where it was; if it is found to be on the list after that moment, it was
    there all the while; if not, it was touched after the moment, which the list of changes then
    tells, or it is gone. An item that is on a page only then was touched as well, or the page was
    not whole before. A list of changes that was empty, as GitHub's lists can be for a moment, is
    not relied on once there is another.
    """
    since = min(result.head.served_at for result in results) - CLOCK_MARGIN
    held, touched = await asyncio.gather(
        _read_held(reader, results), _read_changes(reader, source, since)
    )
    own, known = _own_updates(held), {number for updates in held.values() for number in updates}
    vanished: set[int] = set()
    is_exact = False
    for _ in range(MOST_ROUNDS):
        rounds += 1
        untouched = {n: at for n, at in own.items() if n not in touched and n not in vanished}
        results, seen = await _look_for_items(reader, source, results, held, untouched)
        vanished -= seen
        missing = untouched.keys() - seen
        unheard_of = seen - known - touched.keys()
        is_exact = not missing and not unheard_of and not vanished
        if is_exact:
            break
        later = await _read_changes(reader, source, since)
        missing -= later.keys()
        unheard_of -= later.keys()
        vanished -= later.keys()
        is_whole = bool(touched) or not later
        is_exact = is_whole and not missing and not unheard_of
        if is_exact or unheard_of:
            break
        vanished |= missing
        touched = later
    return ListSnapshot(
        results,
        is_exact,
        rounds,
        len(touched) + len(vanished),
        datetime.now(timezone.utc),
        touched,
        frozenset(vanished),
    )


async def _read_held(reader: Reader, results: Sequence[PageResult]) -> dict[PageKey, _Updates]:
    return {
        result.key: await asyncio.to_thread(reader.store.read_updates, result.key, result.head)
        for result in results
    }


def _own_updates(held: Mapping[PageKey, _Updates]) -> dict[int, datetime]:
    """When the items that are each window's own were updated, by their ids."""
    ends = find_ends(list(held))
    return {
        number: time
        for key, updates in held.items()
        for number, time in updates.items()
        if (end := ends[key]) is None or time < end
    }


async def _look_for_items(
    reader: Reader,
    source: IssueList,
    results: Sequence[PageResult],
    held: Mapping[PageKey, _Updates],
    untouched: _Updates,
) -> tuple[list[PageResult], set[int]]:
    """Tell which items are on the list by now; what is stored stays as it is.

    They are counted; windows of which the count does not tell all are asked for again, and so are
    those at the end: an item that came without the list of changes telling of it is there.
    """

    async def look(result: PageResult) -> tuple[PageResult, Set[int]]:
        request = PageRequest(source, result.key, result.head.url)
        answer = await ask_for_page(reader.client, request, result.head)
        if answer.body is not None:
            rows = parse_issues(answer.body, source.repo, source.repo_id)
            return result, {row["id"] for row in rows}
        confirmed = await confirm_page(reader, result.key, result.head, answer)
        return replace(result, head=confirmed.head), held[result.key].keys()

    counted_on = {result.key: held[result.key].keys() & untouched.keys() for result in results}
    last = max((place for place, r in enumerate(results) if counted_on[r.key]), default=0)
    at_the_end = [r for place, r in enumerate(results) if place >= last or not counted_on[r.key]]
    present, looks = await asyncio.gather(
        count_present(reader, source, untouched), all_or_error(reader, at_the_end, look)
    )
    looked_at = {result.key for result, _ in looks}
    uncertain = [
        result
        for result in results
        if result.key not in looked_at and not counted_on[result.key] <= present
    ]
    looks += await all_or_error(reader, uncertain, look)
    seen = present.union(*(ids for _, ids in looks))
    latest = {result.key: result for result, _ in looks}
    return [latest.get(result.key, result) for result in results], seen


async def _read_changes(reader: Reader, source: IssueList, since: datetime) -> dict[int, IssueRow]:
    """All items, open or not, that were updated since a time by GitHub's clock, as they are now."""
    return {row["id"]: row async for row in iterate_changes(reader, source, since)}
