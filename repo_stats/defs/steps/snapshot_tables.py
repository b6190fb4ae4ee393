"""What `open_issues` makes of the lists that were read: rows, scans, facts and checks."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.github_requests import count_outcomes
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult, with_outcomes_of
from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.github.issues.windows import find_ends
from repo_stats.metrics.summary import deduplicate_items
from repo_stats.warehouse.frames import join_frames, to_frame
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES


@dataclass(frozen=True)
class FetchReport:
    """What one step read, what that cost, and why it could not read some repositories.

    Attributes:
        listings: the lists that it read to their end, by repository.
        results: all pages that it read.
        usage: what that cost.
        reasons: why it could not read some repositories, in a sentence each.
    """

    listings: Mapping[str, ListSnapshot]
    results: Sequence[PageResult]
    usage: Usage
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class FoundList:
    """A repository's list as it was read now, or as it was stored young enough.

    Attributes:
        listing: what was read; None if what is stored was kept.
        scan: how it was read.
        kept: the stored pages, if they were kept.
    """

    listing: ListSnapshot | None
    scan: ScanInfo
    kept: Sequence[PageResult] = field(default=())

    @classmethod
    def of(cls, listing: ListSnapshot) -> "FoundList":
        """A list that was read now."""
        scan = ScanInfo(
            validated_at=listing.started_at,
            ended_at=listing.ended_at,
            is_exact=listing.is_exact,
            pages=len(listing.results),
            rounds=listing.rounds,
            changes=listing.changes,
            fingerprint=_fingerprint({result.key: result.head for result in listing.results}),
        )
        return cls(listing, scan)

    @property
    def results(self) -> Sequence[PageResult]:
        """Its pages."""
        return self.kept if self.listing is None else self.listing.results

    def describe(self, asked: Sequence[PageResult]) -> str:
        """How it came to be up to date, for the log."""
        return count_outcomes(with_outcomes_of(asked, self.results)) + (
            "" if self.scan.is_exact else "; the list kept changing, so that it is not exact"
        )


def find_lists(
    warehouse: WarehouseResource,
    sources: Sequence[IssueList],
    freshness: Freshness,
    reports: Sequence[FetchReport],
) -> dict[str, FoundList]:
    """The lists that earlier steps read to their end, and those whose table is young enough.

    A list that was read counts while none of its pages was replaced, which another run may do, or
    the same run where it goes on after a failure; a table, if it is made of the pages stored.

    Raises:
        WarehouseError: the warehouse cannot be read.
    """
    read = {repo: listing for report in reports for repo, listing in report.listings.items()}
    found = {}
    for source in sources:
        heads = warehouse.pages.heads(source.repo)
        listing = read.get(source.repo)
        if listing is not None and _is_stored(listing, heads):
            known: FoundList | None = FoundList.of(listing)
        else:
            known = _find_table(warehouse, source, heads)
        if known is not None and known.scan.validated_at >= freshness.since:
            found[source.repo] = known
    return found


def _is_stored(listing: ListSnapshot, heads: Mapping[PageKey, PageHead]) -> bool:
    return all(
        result.key in heads and heads[result.key].content_hash == result.head.content_hash
        for result in listing.results
    )


def _find_table(
    warehouse: WarehouseResource, source: IssueList, heads: Mapping[PageKey, PageHead]
) -> FoundList | None:
    scan = warehouse.tables.find_scan(OPEN_ISSUES, source.repo)
    is_same = all(source.request(key, head).url == head.url for key, head in heads.items())
    if scan is None or not is_same or scan.fingerprint != _fingerprint(heads):
        return None
    pages = [PageResult(key, Outcome.FRESH, head) for key, head in heads.items()]
    return FoundList(None, scan, pages)


def join_items(warehouse: WarehouseResource, lists: Mapping[str, FoundList]) -> ScannedFrame:
    """The rows of `open_issues` of all lists.

    Raises:
        WarehouseError: a page or a table is gone.
    """
    kept = [repo for repo, found in lists.items() if found.listing is None]
    read = [found.listing for found in lists.values() if found.listing is not None]
    frames = [warehouse.tables.read(OPEN_ISSUES, kept)] if kept else []
    frames += [_make_items(warehouse, read)] if read else []
    scans = {repo: found.scan for repo, found in lists.items()}
    return ScannedFrame(join_frames(OPEN_ISSUES, frames), scans)


def describe_lists(
    items: ScannedFrame, lists: Mapping[str, FoundList], asked: Sequence[PageResult]
) -> dict[str, dict[str, Any]]:
    """What the UI shows of each repository."""
    kinds = items.frame.groupby(["repo", "is_pull_request"]).size().to_dict()
    facts: dict[str, dict[str, Any]] = {}
    for repo, found in lists.items():
        issues, pull_requests = (int(kinds.get((repo, kind), 0)) for kind in (False, True))
        facts[repo] = {
            "open_items": issues + pull_requests,
            "open_issues": issues,
            "open_pull_requests": pull_requests,
            **_count_pages(with_outcomes_of(asked, found.results)),
            "is_exact": found.scan.is_exact,
            "rounds": found.scan.rounds,
            "changes_seen": found.scan.changes,
            "scan_started": dg.MetadataValue.timestamp(found.scan.validated_at.timestamp()),
            "scan_ended": dg.MetadataValue.timestamp(found.scan.ended_at.timestamp()),
        }
    return facts


def _make_items(warehouse: WarehouseResource, listings: Sequence[ListSnapshot]) -> pd.DataFrame:
    """The rows of lists: those of their pages, but for items that changed while they were read."""
    heads: dict[PageKey, PageHead] = {}
    ends: dict[PageKey, datetime | None] = {}
    for listing in listings:
        own = {result.key: result.head for result in listing.results}
        heads.update(own)
        ends.update(find_ends(list(own)))
    items = warehouse.pages.read_items(heads, ends)
    touched = [row for listing in listings for row in listing.touched.values()]
    vanished = {number for listing in listings for number in listing.vanished}
    if touched or vanished:
        gone = vanished.union(row["id"] for row in touched)
        opened = [row for row in touched if row["state"] == "open"]
        untouched = items[~items["id"].isin(gone)]
        items = join_frames(OPEN_ISSUES, [untouched, to_frame(OPEN_ISSUES, opened)])
    return deduplicate_items(items)


def _count_pages(results: Sequence[PageResult]) -> dict[str, int]:
    outcomes = [result.outcome for result in results]
    return {
        "pages": len(outcomes),
        "pages_fetched": outcomes.count(Outcome.FETCHED),
        "pages_unchanged": outcomes.count(Outcome.UNCHANGED),
        "pages_fresh": outcomes.count(Outcome.FRESH),
        "pages_asked": len(outcomes) - outcomes.count(Outcome.FRESH),
    }


def _fingerprint(heads: Mapping[PageKey, PageHead]) -> str:
    lines = sorted(f"{key} {head.content_hash}" for key, head in heads.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
