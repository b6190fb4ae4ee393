"""The rows of `open_issues`: which lists still have to be read, and what rows they give."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.github.errors import GitHubError
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.github.issues.windows import find_ends
from repo_stats.metrics.bots import mark_bots
from repo_stats.metrics.summary import deduplicate_items
from repo_stats.warehouse.frames import join_frames, to_pandas
from repo_stats.warehouse.one_by_one import work_on_each
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.table_files import StoredTable
from repo_stats.warehouse.tables import Tables

Heads = Mapping[PageKey, PageHead]


@dataclass(frozen=True)
class FetchResult:
    """What one step read, what that cost, and why it could not read some repositories.

    Attributes:
        snapshots: the lists that it read to their end, by repository.
        pages: all pages that it read.
        heads: the heads of its lists' stored pages as it left them, by repository.
        usage: what its requests cost.
        reasons: why it could not read some repositories, in a sentence each.
    """

    snapshots: Mapping[str, ListSnapshot]
    pages: Sequence[PageResult]
    heads: Mapping[str, Heads]
    usage: Usage
    reasons: Mapping[str, str]


def index_pages(pages: PageFolder, results: Iterable[FetchResult]) -> PageIndex:
    """The index of stored pages as earlier steps of the run left it.

    Another run may have replaced a page since. Reading the page's rows then raises an error, and
    the retry reads the index from the store.

    Args:
        pages: where the pages are stored.
        results: of the earlier steps.
    """
    known: dict[str, dict[PageKey, PageHead]] = {}
    results = list(results)
    for result in results:
        for repo, heads in result.heads.items():
            known.setdefault(repo, {}).update(heads)
    # If several steps read parts of a list, each has current heads only of its own pages.
    for result in results:
        for page in result.pages:
            known[page.key.repo][page.key] = page.head
    return PageIndex(pages, known)


def find_tables(
    tables: Tables, repos: Sequence[str]
) -> tuple[dict[str, StoredTable], dict[str, GitHubError]]:
    """The stored rows of `open_issues`, and why some cannot be read, by repository."""
    stored = tables.list_stored(OPEN_ISSUES, repos)
    found, errors = work_on_each(stored, lambda repo: tables.find_table(OPEN_ISSUES, repo))
    return {repo: stored for repo, stored in found.items() if stored is not None}, errors


def find_snapshots(
    index: PageIndex,
    lists: Sequence[IssueList],
    tables: Mapping[str, StoredTable],
    freshness: Freshness,
    results: Iterable[FetchResult],
    now: datetime,
) -> tuple[dict[str, ListSnapshot], dict[str, GitHubError]]:
    """The snapshots of lists that need not be read any more, and errors, by repository.

    An earlier step has read such a list, and none of its pages was replaced since. Or the list's
    stored table is fresh, and was made from the stored pages.
    """
    read = {repo: snapshot for result in results for repo, snapshot in result.snapshots.items()}
    by_repo = {issue_list.repo: issue_list for issue_list in lists}

    def find(repo: str) -> ListSnapshot | None:
        heads = index.heads(repo)
        snapshot = read.get(repo)
        if snapshot is None or not _is_stored(snapshot, heads):
            snapshot = _recall_snapshot(by_repo[repo], heads, tables.get(repo))
        is_fresh = snapshot is not None and freshness.holds(snapshot.started_at, now)
        return snapshot if is_fresh else None

    found, errors = work_on_each(by_repo, find)
    return {repo: snapshot for repo, snapshot in found.items() if snapshot is not None}, errors


def join_items(
    pages: PageFolder,
    snapshots: Mapping[str, ListSnapshot],
    tables: Mapping[str, StoredTable],
    bots: Sequence[str],
) -> ScannedFrame:
    """The rows of `open_issues` of all lists.

    Args:
        pages: where the pages are stored.
        snapshots: the lists, by repository.
        tables: the stored rows of some of them.
        bots: see `mark_bots`.

    Raises:
        WarehouseError: a page is gone, or was replaced.
    """
    scans = {repo: describe_scan(snapshot) for repo, snapshot in snapshots.items()}
    kept = {
        repo: tables[repo].rows
        for repo, scan in scans.items()
        if repo in tables and _holds_items_of(tables[repo], scan)
    }
    read = [snapshot for repo, snapshot in snapshots.items() if repo not in kept]
    if not kept:
        return ScannedFrame(mark_bots(_read_items(pages, read), bots), scans)
    parts = [*kept.values(), *([_read_items(pages, read)] if read else [])]
    return ScannedFrame(mark_bots(join_frames(OPEN_ISSUES, parts), bots), scans)


def join_items_of_each(
    pages: PageFolder,
    snapshots: Mapping[str, ListSnapshot],
    tables: Mapping[str, StoredTable],
    bots: Sequence[str],
) -> tuple[ScannedFrame, dict[str, GitHubError]]:
    """The same, without the repositories whose rows cannot be made, and why they cannot.

    All are made at once, which is faster. One by one, it shows which of them cannot be made.
    """
    try:
        return join_items(pages, snapshots, tables, bots), {}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - it is raised again for its own repository
        joined, errors = work_on_each(
            snapshots, lambda repo: join_items(pages, {repo: snapshots[repo]}, tables, bots)
        )
    frame = join_frames(OPEN_ISSUES, [part.frame for part in joined.values()])
    return ScannedFrame(frame, {repo: part.scans[repo] for repo, part in joined.items()}), errors


def describe_scan(snapshot: ListSnapshot) -> ScanInfo:
    """What is stored about how a list was read."""
    return ScanInfo(
        validated_at=snapshot.started_at,
        ended_at=snapshot.ended_at,
        is_exact=snapshot.is_exact,
        pages=len(snapshot.results),
        rounds=snapshot.rounds,
        changes=snapshot.changes,
        fingerprint=_fingerprint({page.key: page.head for page in snapshot.results}),
    )


def _is_stored(snapshot: ListSnapshot, heads: Heads) -> bool:
    return all(
        page.key in heads and heads[page.key].content_hash == page.head.content_hash
        for page in snapshot.results
    )


def _recall_snapshot(
    issue_list: IssueList, heads: Heads, stored: StoredTable | None
) -> ListSnapshot | None:
    """The snapshot that a stored table was made from; None if the pages have changed since."""
    scan = None if stored is None else stored.scan
    is_same_address = all(issue_list.request(k, head).url == head.url for k, head in heads.items())
    if scan is None or not is_same_address or scan.fingerprint != _fingerprint(heads):
        return None
    return ListSnapshot(
        results=[PageResult(key, Outcome.FRESH, head) for key, head in heads.items()],
        is_exact=scan.is_exact,
        rounds=scan.rounds,
        changes=scan.changes,
        started_at=scan.validated_at,
        ended_at=scan.ended_at,
    )


def _holds_items_of(table: StoredTable, scan: ScanInfo) -> bool:
    """Whether a stored table holds exactly the rows that a scan would give.

    It does if it was made from this same scan. It also does if the pages are the same and nothing
    changed during either scan: both scans then give the rows of these pages. A table of an earlier
    version lacks a column, which the pages have.
    """
    stored = table.scan
    if stored is None or table.is_older:
        return False
    is_quiet = stored.changes == 0 and scan.changes == 0
    return stored == scan or (is_quiet and stored.fingerprint == scan.fingerprint)


def _read_items(pages: PageFolder, snapshots: Sequence[ListSnapshot]) -> pd.DataFrame:
    """The rows of lists: those of their pages, except for items that changed meanwhile."""
    heads: dict[PageKey, PageHead] = {}
    ends: dict[PageKey, datetime | None] = {}
    for snapshot in snapshots:
        own = {page.key: page.head for page in snapshot.results}
        heads.update(own)
        ends.update(find_ends(own))
    items = pages.read_items(heads, ends)
    touched = [row for snapshot in snapshots for row in snapshot.touched.values()]
    vanished = {number for snapshot in snapshots for number in snapshot.vanished}
    if touched or vanished:
        gone = pa.array(vanished.union(row["id"] for row in touched), pa.int64())
        untouched = items.filter(pc.invert(pc.is_in(items["id"], gone)))
        opened = [row for row in touched if row["state"] == "open"]
        items = pa.concat_tables([untouched, pa.Table.from_pylist(opened, OPEN_ISSUES.arrow)])
    return deduplicate_items(to_pandas(items))


def _fingerprint(heads: Heads) -> str:
    lines = sorted(f"{key.label} {head.content_hash}" for key, head in heads.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
