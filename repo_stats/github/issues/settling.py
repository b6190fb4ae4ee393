"""Settling a long list that changed while its windows were read: finding what it held at a moment.

Only items that were touched meanwhile can be in the wrong place. GitHub's list of changes gives
their state. All other items are searched for on the list once more: most are counted, few are read
again. The steps are those of `docs/exactness.md`.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from repo_stats.github.issues.changes import iterate_changes
from repo_stats.github.issues.counting import count_present
from repo_stats.github.issues.page_reader import PageResult
from repo_stats.github.issues.requests import PageRequest
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.issues.windows import find_ends
from repo_stats.github.parsing import IssueRow

MOST_ROUNDS = 4
"""How often the items are searched for before a list counts as too restless."""

CLOCK_MARGIN = timedelta(seconds=2)
"""GitHub gives times in whole seconds, and the clocks of its machines may differ a little."""


@dataclass(frozen=True)
class SettledList:
    """The result of settling.

    Attributes:
        windows: the windows, with the times of the latest requests for them.
        is_exact: whether windows, touched and vanished items give the list of one moment.
        rounds: how often the items were searched for.
        touched: the items that were touched, as they were at that moment, by id.
        vanished: ids of items on the windows that were deleted or transferred before that moment.
    """

    windows: Sequence[PageResult]
    is_exact: bool
    rounds: int
    touched: Mapping[int, IssueRow]
    vanished: frozenset[int]


@dataclass(frozen=True)
class _Observation:
    """What a search for the untouched items leaves to be explained. All are ids.

    Attributes:
        missing: untouched items that were not found.
        unknown: items that were found although no window and no list of changes had them.
        vanished: items that neither an earlier search nor this one has found.
    """

    missing: frozenset[int]
    unknown: frozenset[int]
    vanished: frozenset[int]

    @property
    def every_untouched_item_was_there(self) -> bool:
        """Steps 9 and 11: each was found, or was touched only after the moment."""
        return not self.missing

    @property
    def every_found_item_is_known(self) -> bool:
        """Step 12: a window or a list of changes has each item that was found."""
        return not self.unknown

    @property
    def leaves_nothing_to_explain(self) -> bool:
        """Whether the list is proved without a later list of changes."""
        return (
            self.every_untouched_item_was_there
            and self.every_found_item_is_known
            and not self.vanished
        )

    def without(self, later: Mapping[int, IssueRow]) -> "_Observation":
        """What is left to be explained after a later list of changes has explained its items."""
        return _Observation(
            self.missing - later.keys(), self.unknown - later.keys(), self.vanished - later.keys()
        )


@dataclass(frozen=True)
class _Count:
    """What counting tells of the untouched items. All are ids.

    Attributes:
        untouched: the items that were searched for.
        present: those that are known to be on the list.
        at_the_end: the windows at its end that were read again, and the items on each.
    """

    untouched: Set[int]
    present: set[int]
    at_the_end: Sequence[tuple[PageResult, Set[int]]]


class Settlement:
    """Finds out which items were on a list at the moment when the list of changes was read.

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
        """Search for the items until all are explained, or the list counts as too restless.

        Raises:
            GitHubError: a list cannot be read.
        """
        observation = await self._observe()
        for round_ in range(1, MOST_ROUNDS + 1):
            self._vanished = observation.vanished
            if observation.leaves_nothing_to_explain:
                return self._conclude(round_, is_exact=True)
            # Only a list of changes that is read after the search can explain what it missed.
            later = await self._read_changes()
            observation = observation.without(later)
            self._vanished = observation.vanished
            if self._is_proved_by(observation, later):
                return self._conclude(round_, is_exact=True)
            if not observation.every_found_item_is_known:
                return self._conclude(round_, is_exact=False)
            # Step 11: what is neither found nor changed is gone. The proof is now about the moment
            # of the later list of changes.
            self._vanished |= observation.missing
            self._touched = later
            observation = await self._find_rest(await self._count_items())
        return self._conclude(MOST_ROUNDS, is_exact=False)

    async def _observe(self) -> _Observation:
        """Read the list of changes, and search for the untouched items.

        Usually nothing is touched. So the items are counted at once, and the moment is the one
        before: see step 9. Else only a count after the list of changes can tell of its moment.
        """
        self._touched, counted = await asyncio.gather(self._read_changes(), self._count_items())
        return await self._find_rest(await self._count_items() if self._touched else counted)

    def _is_proved_by(self, observation: _Observation, later: Mapping[int, IssueRow]) -> bool:
        """Whether changes after the moment explain everything."""
        return (
            self._list_of_changes_can_be_trusted(later)
            and observation.every_untouched_item_was_there
            and observation.every_found_item_is_known
        )

    def _list_of_changes_can_be_trusted(self, later: Mapping[int, IssueRow]) -> bool:
        """Step 13: an empty list of changes is not trusted if a later one is not empty."""
        return bool(self._touched) or not later

    def _conclude(self, rounds: int, *, is_exact: bool) -> SettledList:
        return SettledList(self._windows, is_exact, rounds, self._touched, self._vanished)

    async def _read_changes(self) -> dict[int, IssueRow]:
        """Step 8: all items, open or not, that were updated since the windows were read."""
        return {row["id"]: row async for row in iterate_changes(self._reader, self._since)}

    async def _count_items(self) -> _Count:
        """Step 10: count the untouched items that are on the list now, and read its end again.

        At the end there may be an item that no list of changes has.
        """
        gone = self._touched.keys() | self._vanished
        untouched = {number: time for number, time in self._own.items() if number not in gone}
        present, at_the_end = await asyncio.gather(
            count_present(self._reader, untouched),
            self._reader.pages.gather(self._windows_at_the_end(untouched), self._read_ids),
        )
        return _Count(untouched.keys(), present, at_the_end)

    async def _find_rest(self, counted: _Count) -> _Observation:
        """Steps 9 and 10: read the windows again that counting leaves in doubt.

        The rows that are stored stay as they are.
        """
        untouched = counted.untouched
        keys_at_the_end = {window.key for window, _ in counted.at_the_end}
        doubtful = [
            window
            for window in self._windows
            if window.key not in keys_at_the_end
            and not _items_on(window, untouched) <= counted.present
        ]
        read_again = [
            *counted.at_the_end,
            *await self._reader.pages.gather(doubtful, self._read_ids),
        ]
        latest = {window.key: window for window, _ in read_again}
        self._windows = [latest.get(window.key, window) for window in self._windows]
        found = counted.present.union(*(ids for _, ids in read_again))
        return _Observation(
            missing=frozenset(untouched - found),
            unknown=frozenset(found - self._known - self._touched.keys()),
            vanished=self._vanished - found,
        )

    def _windows_at_the_end(self, untouched: Mapping[int, datetime]) -> list[PageResult]:
        """The last window with untouched items, and all windows that have none."""
        has_items = [bool(_items_on(window, untouched.keys())) for window in self._windows]
        last = max((place for place, has in enumerate(has_items) if has), default=0)
        return [
            window
            for place, (window, has) in enumerate(zip(self._windows, has_items, strict=True))
            if place >= last or not has
        ]

    async def _read_ids(self, window: PageResult) -> tuple[PageResult, set[int]]:
        """Read the ids of the items on a window again. A window that changed is not stored."""
        issue_list, pages = self._reader.issue_list, self._reader.pages
        request = PageRequest(issue_list, window.key, window.head.url)
        response = await pages.ask(request, window.head)
        if response.body is None:
            confirmed = await pages.confirm(window.key, window.head, response)
            return replace(window, head=confirmed.head), set(window.head.updates)
        rows = await pages.parse(issue_list, response)
        return window, {row["id"] for row in rows}


def _own_updates(windows: Sequence[PageResult]) -> dict[int, datetime]:
    """When each item was updated, by its id. Of each window, only the items before its end."""
    ends = find_ends([window.key for window in windows])
    return {
        number: time
        for window in windows
        for number, time in window.head.updated_at.items()
        if (end := ends[window.key]) is None or time < end
    }


def _items_on(window: PageResult, items: Set[int]) -> set[int]:
    return window.head.updates.keys() & items
