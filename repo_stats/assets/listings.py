"""What `open_issues` makes of the lists that were read: rows, scans, facts and checks."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.assets.page_recording import count_outcomes
from repo_stats.assets.troubles import check_repositories, refreshed_check
from repo_stats.github.lists import ListSource
from repo_stats.github.pages import Freshness, PageHead, PageKey
from repo_stats.github.proof import Listing
from repo_stats.github.scan import Outcome, PageResult, with_outcomes_of
from repo_stats.github.spans import find_ends
from repo_stats.github.usage import Usage
from repo_stats.resources import WarehouseResource
from repo_stats.statistics import deduplicate
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.tables import Scan, ScannedRows, join_frames, to_frame

_NAME = OPEN_ISSUES.name
_UNIQUE, _OPEN, _EXACT, _COUNTER = "unique", "only_open", "exact", "agrees_with_counter"

COUNTER_SHARE, COUNTER_ITEMS = 0.05, 10
"""By how much the rows may differ from GitHub's counter: it lags by minutes behind the list, and
is up to the maximum age older than the rows."""

CHECKS = [
    refreshed_check(_NAME),
    dg.AssetCheckSpec(_UNIQUE, asset=_NAME, description="No item is there twice."),
    dg.AssetCheckSpec(_OPEN, asset=_NAME, description="Every item is open."),
    dg.AssetCheckSpec(
        _EXACT,
        asset=_NAME,
        description=(
            "The items of each repository are proved to be all that were open at one moment. A "
            "list that keeps on changing while it is read fails this; the next refresh tries again."
        ),
    ),
    dg.AssetCheckSpec(
        _COUNTER,
        asset=_NAME,
        description=(
            f"There are as many items as GitHub's counter tells, give or take {COUNTER_ITEMS} and "
            f"{COUNTER_SHARE:.0%}: the counter lags behind the list, and may have been read up to "
            "the maximum age earlier."
        ),
    ),
]


@dataclass(frozen=True)
class FetchReport:
    """What one step read, what that cost, and why it could not read some repositories.

    Attributes:
        listings: the lists that it read to their end, by repository.
        results: all pages that it read.
        usage: what that cost.
        reasons: why it could not read some repositories, in a sentence each.
    """

    listings: Mapping[str, Listing]
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

    listing: Listing | None
    scan: Scan
    kept: Sequence[PageResult] = field(default=())

    @classmethod
    def of(cls, listing: Listing) -> "FoundList":
        """A list that was read now."""
        scan = Scan(
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
    sources: Sequence[ListSource],
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


def _is_stored(listing: Listing, heads: Mapping[PageKey, PageHead]) -> bool:
    return all(
        result.key in heads and heads[result.key].content_hash == result.head.content_hash
        for result in listing.results
    )


def _find_table(
    warehouse: WarehouseResource, source: ListSource, heads: Mapping[PageKey, PageHead]
) -> FoundList | None:
    scan = warehouse.tables.find_scan(OPEN_ISSUES, source.repo)
    is_same = all(source.request(key, head).url == head.url for key, head in heads.items())
    if scan is None or not is_same or scan.fingerprint != _fingerprint(heads):
        return None
    pages = [PageResult(key, Outcome.FRESH, head) for key, head in heads.items()]
    return FoundList(None, scan, pages)


def join_items(warehouse: WarehouseResource, lists: Mapping[str, FoundList]) -> ScannedRows:
    """The rows of `open_issues` of all lists.

    Raises:
        WarehouseError: a page or a table is gone.
    """
    kept = [repo for repo, found in lists.items() if found.listing is None]
    read = [found.listing for found in lists.values() if found.listing is not None]
    frames = [warehouse.tables.read(OPEN_ISSUES, kept)] if kept else []
    frames += [_make_items(warehouse, read)] if read else []
    scans = {repo: found.scan for repo, found in lists.items()}
    return ScannedRows(join_frames(OPEN_ISSUES, frames), scans)


def describe_lists(
    items: ScannedRows, lists: Mapping[str, FoundList], asked: Sequence[PageResult]
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


def check_lists(items: ScannedRows, sources: Sequence[ListSource]) -> Iterator[dg.AssetCheckResult]:
    """The results of all checks of the rows themselves."""
    frame = items.frame
    twice = frame[frame.duplicated(["repo", "id"])].groupby("repo").size()
    closed = frame[frame["state"] != "open"].groupby("repo").size()
    rows = frame.groupby("repo").size()
    yield check_repositories(_NAME, _UNIQUE, {str(r): f"{n} twice" for r, n in twice.items()})
    yield check_repositories(_NAME, _OPEN, {str(r): f"{n} not open" for r, n in closed.items()})
    restless = {
        repo: f"still changing after {scan.rounds} rounds, {scan.changes} changes"
        for repo, scan in items.scans.items()
        if not scan.is_exact
    }
    warn = dg.AssetCheckSeverity.WARN
    yield check_repositories(_NAME, _EXACT, restless, warn)
    counted = {
        source.repo: f"{rows.get(source.repo, 0)} items, GitHub's counter says {source.counter}"
        for source in sources
        if source.repo in items.scans and _differs(rows.get(source.repo, 0), source.counter)
    }
    yield check_repositories(_NAME, _COUNTER, counted, warn)


def _differs(rows: int, counter: int) -> bool:
    return abs(rows - counter) > COUNTER_ITEMS + COUNTER_SHARE * max(rows, counter)


def _make_items(warehouse: WarehouseResource, listings: Sequence[Listing]) -> pd.DataFrame:
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
    return deduplicate(items)


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
