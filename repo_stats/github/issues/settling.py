"""Settling a long list that changed while its windows were read.

Only the items that were touched meanwhile can be in the wrong place. GitHub's list of changes tells
their state. All other items are looked for on the list once more: most are counted, few are read.
The steps are those of `docs/exactness.md`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from repo_stats.github.issues.changes import iterate_changes
from repo_stats.github.issues.counting import count_present
from repo_stats.github.issues.page_reader import PageResult
from repo_stats.github.issues.requests import PageRequest
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.issues.windows import find_ends
from repo_stats.github.parsing import IssueRow, parse_issues

MOST_ROUNDS = 4
"""How often items are looked for before a list counts as too restless."""

CLOCK_MARGIN = timedelta(seconds=2)
"""GitHub tells times in whole seconds, and the clocks of its machines may differ a little."""


@dataclass(frozen=True)
class SettledList:
    """What came of settling.

    Attributes:
        windows: the windows, with the times of the latest requests for them.
        is_exact: whether windows, touched and vanished items give the list of one moment.
        rounds: how often items were looked for.
        touched: the items that were touched, as they were at that moment, by id.
        vanished: ids of items on the windows that were deleted or transferred before it.
    """

    windows: Sequence[PageResult]
    is_exact: bool
    rounds: int
    touched: Mapping[int, IssueRow]
    vanished: frozenset[int]


@dataclass(frozen=True)
class _Observation:
    """What looking for the untouched items left to be explained. All are ids.

    Attributes:
        missing: untouched items that were not found.
        unknown: items that were found although no window and no list of changes had them.
        vanished: items that an earlier look has missed.
    """

    missing: frozenset[int]
    unknown: frozenset[int]
    vanished: frozenset[int]

    @property
    def every_untouched_item_was_there(self) -> bool:
        """Steps 9 and 11: each was found, or was touched only after the moment."""
        return not self.missing

    @property
    def every_item_was_heard_of(self) -> bool:
        """Step 12: no item was found that came without an update."""
        return not self.unknown

    @property
    def leaves_nothing_to_explain(self) -> bool:
        """Whether the list is proved without a later list of changes."""
        return (
            self.every_untouched_item_was_there
            and self.every_item_was_heard_of
            and not self.vanished
        )

    def without(self, later: Mapping[int, IssueRow]) -> "_Observation":
        """What is left when the items that a later list of changes tells of are explained."""
        return _Observation(
            self.missing - later.keys(), self.unknown - later.keys(), self.vanished - later.keys()
        )


class Settlement:
    """Finds out which items were on a list at the moment when its list of changes was read.

    Args:
        reader: reads the list.
        windows: all windows of the list, in order.
    """

    def __init__(self, reader: ListReader, windows: Sequence[PageResult]) -> None:
        self._reader = reader
        self._windows = windows
        self._since = min(window.head.served_at for window in windows) - CLOCK_MARGIN
        self._own = _own_updates(windows)
        self._known = {number for window in windows for number in window.head.updates}
        self._touched: Mapping[int, IssueRow] = {}
        self._vanished: frozenset[int] = frozenset()

    async def settle(self) -> SettledList:
        """Look for the items until all are explained, or the list proves to be too restless.

        Raises:
            GitHubError: GitHub cannot be asked.
        """
        self._touched = await self._read_changes()
        for round_ in range(1, MOST_ROUNDS + 1):
            observation = await self._look_for_untouched_items()
            self._vanished = observation.vanished
            if observation.leaves_nothing_to_explain:
                return self._conclude(round_, is_exact=True)
            # Only a list of changes that is read after the look can tell of what the look missed.
            later = await self._read_changes()
            observation = observation.without(later)
            self._vanished = observation.vanished
            if self._is_proved_by(observation, later):
                return self._conclude(round_, is_exact=True)
            if not observation.every_item_was_heard_of:
                return self._conclude(round_, is_exact=False)
            # Step 11: what is neither found nor changed is gone. The moment is now the later one.
            self._vanished |= observation.missing
            self._touched = later
        return self._conclude(MOST_ROUNDS, is_exact=False)

    def _is_proved_by(self, observation: _Observation, later: Mapping[int, IssueRow]) -> bool:
        """Whether all is explained by changes after the moment."""
        return (
            self._list_of_changes_was_whole(later)
            and observation.every_untouched_item_was_there
            and observation.every_item_was_heard_of
        )

    def _list_of_changes_was_whole(self, later: Mapping[int, IssueRow]) -> bool:
        """Step 13: an empty list of changes is not believed once a later one is not empty."""
        return bool(self._touched) or not later

    def _conclude(self, rounds: int, *, is_exact: bool) -> SettledList:
        return SettledList(self._windows, is_exact, rounds, self._touched, self._vanished)

    async def _read_changes(self) -> dict[int, IssueRow]:
        """Step 8: all items, open or not, that were updated since the windows were read."""
        return {row["id"]: row async for row in iterate_changes(self._reader, self._since)}

    async def _look_for_untouched_items(self) -> _Observation:
        """Steps 9 and 10: find out which untouched items are on the list now.

        The items are counted. Windows about whose items counting leaves a doubt are read again, and
        so are those at the end of the list, where an item could have come that nothing tells of.
        What is stored stays as it is.
        """
        gone = self._touched.keys() | self._vanished
        untouched = {number: time for number, time in self._own.items() if number not in gone}
        at_the_end = self._windows_at_the_end(untouched)
        # The end is requested while the items are counted: one round of requests, not two.
        present, looks = await asyncio.gather(
            count_present(self._reader, untouched),
            self._reader.pages.gather(at_the_end, self._look_at),
        )
        looked_at = {window.key for window in at_the_end}
        doubtful = [
            window
            for window in self._windows
            if window.key not in looked_at and not _items_on(window, untouched) <= present
        ]
        looks += await self._reader.pages.gather(doubtful, self._look_at)
        latest = {window.key: window for window, _ in looks}
        self._windows = [latest.get(window.key, window) for window in self._windows]
        seen = present.union(*(ids for _, ids in looks))
        return _Observation(
            missing=frozenset(untouched.keys() - seen),
            unknown=frozenset(seen - self._known - self._touched.keys()),
            vanished=self._vanished - seen,
        )

    def _windows_at_the_end(self, untouched: Mapping[int, datetime]) -> list[PageResult]:
        """The last window with untouched items, and all windows that have none."""
        has_items = [bool(_items_on(window, untouched)) for window in self._windows]
        last = max((place for place, has in enumerate(has_items) if has), default=0)
        return [
            window
            for place, (window, has) in enumerate(zip(self._windows, has_items, strict=True))
            if place >= last or not has
        ]

    async def _look_at(self, window: PageResult) -> tuple[PageResult, set[int]]:
        """The ids of the items on a window now. A window that changed is not stored."""
        issue_list, pages = self._reader.issue_list, self._reader.pages
        request = PageRequest(issue_list, window.key, window.head.url)
        response = await pages.ask(request, window.head)
        if response.body is None:
            confirmed = await pages.confirm(window.key, window.head, response)
            return replace(window, head=confirmed.head), set(window.head.updates)
        rows = parse_issues(response.body, issue_list.repo, issue_list.repo_id)
        return window, {row["id"] for row in rows}


def _own_updates(windows: Sequence[PageResult]) -> dict[int, datetime]:
    """When each item was updated, by its id; on each window only the items before its end."""
    ends = find_ends([window.key for window in windows])
    return {
        number: time
        for window in windows
        for number, time in window.head.updated_at.items()
        if (end := ends[window.key]) is None or time < end
    }


def _items_on(window: PageResult, items: Mapping[int, datetime]) -> set[int]:
    return window.head.updates.keys() & items.keys()
