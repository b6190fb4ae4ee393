"""Asset checks of the tables that a refresh makes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from repo_stats.github.issues.requests import IssueList
from repo_stats.warehouse.scans import ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES

REFRESHED = "refreshed"


def refreshed_check(table: str) -> dg.AssetCheckSpec:
    """The check that every repository of a run could be refreshed."""
    return dg.AssetCheckSpec(
        REFRESHED,
        asset=table,
        description=(
            "Every repository of the run could be read. One that could not keeps what is stored of "
            "it; the reason is in the check's metadata."
        ),
    )


def check_repositories(
    table: str,
    name: str,
    findings: Mapping[str, str],
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetCheckResult:
    """A check that passes if there is nothing to say against any repository.

    Args:
        table: the asset.
        name: of the check.
        findings: what there is to say, by repository.
        severity: of a check that does not pass.
    """
    schema = dg.TableSchema([dg.TableColumn("repo"), dg.TableColumn("finding")])
    records = [
        dg.TableRecord({"repo": repo, "finding": finding}) for repo, finding in findings.items()
    ]
    metadata: dict[str, Any] = {"repositories": len(findings)}
    if records:
        metadata["findings"] = dg.MetadataValue.table(records, schema)
    return dg.AssetCheckResult(
        asset_key=table,
        check_name=name,
        passed=not findings,
        severity=severity,
        metadata=metadata,
    )


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


def check_lists(items: ScannedFrame, sources: Sequence[IssueList]) -> Iterator[dg.AssetCheckResult]:
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
