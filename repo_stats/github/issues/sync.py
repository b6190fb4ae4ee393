"""Reading all items of a repository, open or not: once as windows, and from then on what changed.

Windows over the last update miss no item that is left alone while they are read; those that are
not are in the list of changes since the first of them was read. So are those of all later
refreshes. Of deleted and transferred items GitHub tells nothing: they are found by asking for all
windows again, once a week.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from repo_stats.github.issues.changes import iterate_changes
from repo_stats.github.issues.page_reader import PageResult, Reader, ask_for_page
from repo_stats.github.issues.pages import Freshness, PageKey
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.issues.walk import read_windows
from repo_stats.github.parsing import Row, parse_issues

FULL_READ_AFTER = timedelta(days=7)
"""How long a deleted or transferred item may stay."""


OVERLAP = timedelta(seconds=5)
"""GitHub tells times in whole seconds, and its machines may differ by a little."""


@dataclass(frozen=True)
class SyncState:
    """Up to when a repository's items are known.

    Attributes:
        repo_id: GitHub's number of the repository.
        api_url: base URL of the API that they are from.
        full_read_at: when the window was validated that was validated longest ago (UTC).
        complete_until: all updates before this time by GitHub's clock are in the rows.
        validated_at: when GitHub was last asked for changes (UTC).
    """

    repo_id: int
    api_url: str
    full_read_at: datetime
    complete_until: datetime
    validated_at: datetime

    def is_of(self, source: IssueList) -> bool:
        """Whether it is that of a list."""
        return (self.repo_id, self.api_url) == (source.repo_id, source.api_url)


@dataclass(frozen=True)
class SyncResult:
    """What was read of a repository's items.

    Attributes:
        mode: `fresh`, `fill`, `full revalidation` or `increment`.
        history: up to when the items are known now.
        windows: all windows of the list; None if only changes were asked for.
        changed: items that changed, as they are now, by id.
    """

    mode: str
    history: SyncState
    windows: Sequence[PageResult] | None
    changed: Mapping[int, Row]


async def sync_issues(
    reader: Reader, source: IssueList, stored: SyncState | None, now: datetime
) -> SyncResult:
    """Bring what is known of a repository's items up to date.

    Args:
        reader: the API, the store of windows, and what counts as fresh.
        source: the list of all items.
        stored: up to when the stored rows are known; None if there are none.
        now: the present (UTC).

    Raises:
        GitHubError: something cannot be had; the windows that were read are stored.
    """
    is_forced = not reader.freshness.revalidate
    known = stored if stored is not None and stored.is_of(source) and not is_forced else None
    if known is not None and known.validated_at >= reader.freshness.since:
        return SyncResult("fresh", known, None, {})
    if known is not None and known.full_read_at + FULL_READ_AFTER > now:
        return await _read_increment(reader, source, known)
    if not is_forced:
        due = FULL_READ_AFTER + known.full_read_at if known else now - FULL_READ_AFTER
        since = max(due, now - FULL_READ_AFTER)
        reader = replace(reader, freshness=Freshness(since, revalidate=True))
    mode = "fill" if known is None else "full revalidation"
    return await _read_fully(reader, source, mode)


async def _read_fully(reader: Reader, source: IssueList, mode: str) -> SyncResult:
    counter = max(source.counter, await _read_highest_number(reader, source))
    windows = await read_windows(reader, replace(source, counter=counter))
    since = min(window.head.served_at for window in windows) - OVERLAP
    asked_at = datetime.now(timezone.utc)
    changed, until = await _read_changes(reader, source, since, is_expected=False)
    if not changed:
        times = [window.head.last_updated_at for window in windows]
        until = max((time for time in times if time is not None), default=since)
    full_read_at = min(window.head.validated_at for window in windows)
    history = SyncState(source.repo_id, source.api_url, full_read_at, until, asked_at)
    return SyncResult(mode, history, windows, changed)


async def _read_increment(reader: Reader, source: IssueList, known: SyncState) -> SyncResult:
    asked_at = datetime.now(timezone.utc)
    since = known.complete_until - OVERLAP
    changed, until = await _read_changes(reader, source, since, is_expected=True)
    later = max(until, known.complete_until)
    history = replace(known, complete_until=later, validated_at=asked_at)
    return SyncResult("increment", history, None, changed)


async def _read_highest_number(reader: Reader, source: IssueList) -> int:
    """The number of the item opened last: about how many there are at most."""
    request = PageRequest(source, PageKey.numbered(source.repo, 1), source.newest_url())
    answer = await ask_for_page(reader.client, request)
    rows = parse_issues(answer.body, source.repo, source.repo_id)
    return max((row["number"] for row in rows), default=0)


async def _read_changes(
    reader: Reader, source: IssueList, since: datetime, *, is_expected: bool
) -> tuple[dict[int, Row], datetime]:
    """All items updated since a time, as they are now, and when the latest of them was updated.

    The objects as received are left out: there may be many.
    """
    changed: dict[int, Row] = {}
    until = since
    async for row in iterate_changes(reader, source, since, is_expected=is_expected):
        changed[row["id"]] = {name: value for name, value in row.items() if name != "raw"}
        until = max(until, row["updated_at"])
    return changed, until
