"""The sync of all items of a repository, open or not: first all windows, then only what changes.

Windows of time miss no item that is untouched while they are read. The list of changes since the
first window was read has all other items, and everything that changes later. It does not show that
an item was deleted or transferred: reading all windows again once a week does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from repo_stats.clock import NEVER, trust
from repo_stats.github.issues.changes import iterate_changes, read_highest_number
from repo_stats.github.issues.page_reader import PageReader, PageResult
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.sync_state import SyncState
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.parsing import ItemRow, without_raw

FULL_READ_AFTER = timedelta(days=7)
"""How long a deleted or transferred item may stay in the table."""

OVERLAP = timedelta(seconds=5)
"""GitHub gives times in whole seconds, and the clocks of its machines may differ a little."""


@dataclass(frozen=True)
class SyncResult:
    """What was read of a repository's items.

    Attributes:
        mode: `fresh`, `fill`, `full revalidation` or `increment`.
        state: up to when the items are now known.
        windows: all windows of the list; None if only changes were read, or nothing.
        changed: items that changed, as they are now, by id.
    """

    mode: str
    state: SyncState
    windows: Sequence[PageResult] | None
    changed: Mapping[int, ItemRow]


async def sync_issues(
    pages: PageReader, issue_list: IssueList, stored: SyncState | None, now: datetime
) -> SyncResult:
    """Bring a repository's items up to date.

    Args:
        pages: reads windows.
        issue_list: the list of all items.
        stored: up to when the stored items are known; None if none are stored.
        now: the present (UTC).

    Raises:
        GitHubError: a list cannot be read; the windows that were read are stored.
    """
    freshness = pages.freshness
    is_forced = not freshness.revalidate
    known = stored if stored is not None and stored.is_of(issue_list) and not is_forced else None
    if known is not None and freshness.holds(known.validated_at, now):
        return SyncResult("fresh", known, None, {})
    full_read_at = NEVER if known is None else trust(known.full_read_at, now)
    if known is not None and full_read_at + FULL_READ_AFTER > now:
        return await _read_increment(ListReader(pages, issue_list), known)
    if not is_forced:
        # Windows that an interrupted full read validated within the week need no request.
        pages = pages.since(max(full_read_at + FULL_READ_AFTER, now - FULL_READ_AFTER))
    mode = "fill" if known is None else "full revalidation"
    return await _read_fully(ListReader(pages, issue_list), mode)


async def _read_fully(reader: ListReader, mode: str) -> SyncResult:
    issue_list = reader.issue_list
    counter = max(issue_list.counter, await read_highest_number(reader))
    whole = replace(reader, issue_list=replace(issue_list, counter=counter))
    windows = await whole.read_windows()
    since = min(window.head.served_at for window in windows) - OVERLAP
    asked_at = datetime.now(timezone.utc)
    changed, until = await _read_changes(reader, since, is_expected=False)
    if not changed:
        times = [window.head.last_updated_at for window in windows]
        until = max((time for time in times if time is not None), default=since)
    full_read_at = min(window.head.validated_at for window in windows)
    state = SyncState(issue_list.repo_id, issue_list.api_url, full_read_at, until, asked_at)
    return SyncResult(mode, state, windows, changed)


async def _read_increment(reader: ListReader, known: SyncState) -> SyncResult:
    asked_at = datetime.now(timezone.utc)
    # A later time than now is no time of GitHub: nothing would be listed until then.
    known_until = min(known.complete_until, asked_at)
    changed, until = await _read_changes(reader, known_until - OVERLAP, is_expected=True)
    later = max(until, known_until)
    state = replace(known, complete_until=later, validated_at=asked_at)
    return SyncResult("increment", state, None, changed)


async def _read_changes(
    reader: ListReader, since: datetime, *, is_expected: bool
) -> tuple[dict[int, ItemRow], datetime]:
    """All items updated since a time, as they are now, and the latest of their updates."""
    changed: dict[int, ItemRow] = {}
    until = since
    async for row in iterate_changes(reader, since, is_expected=is_expected):
        changed[row["id"]] = without_raw(row)
        until = max(until, row["updated_at"])
    return changed, until
