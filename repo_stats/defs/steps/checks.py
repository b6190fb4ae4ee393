"""The asset checks of the tables that a refresh writes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from repo_stats.github.issues.requests import IssueList
from repo_stats.warehouse.scans import ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.states.repo_state import RepoState

REFRESHED = "refreshed"


def refreshed_check(table: str) -> dg.AssetCheckSpec:
    """The check that a run could refresh every repository."""
    return dg.AssetCheckSpec(
        REFRESHED,
        asset=table,
        description=(
            "The run could read every repository. A repository that it could not read keeps its "
            "stored rows; the reason is in the check's metadata."
        ),
    )


def check_repositories(
    table: str,
    name: str,
    findings: Mapping[str, str],
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetCheckResult:
    """A check that passes if it found nothing wrong with any repository.

    Args:
        table: the asset.
        name: of the check.
        findings: what is wrong, by repository.
        severity: of the check if it fails.
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
"""By how much the rows may differ from GitHub's counter. It lags by minutes behind the list, and
may have been read earlier than the rows, by up to the maximum age."""

CHECKS = [
    refreshed_check(_NAME),
    dg.AssetCheckSpec(_UNIQUE, asset=_NAME, description="No item appears twice."),
    dg.AssetCheckSpec(_OPEN, asset=_NAME, description="Every item is open."),
    dg.AssetCheckSpec(
        _EXACT,
        asset=_NAME,
        description=(
            "The rows of each repository are proved to be exactly the items that were open at one "
            "moment. The check fails if a list keeps changing while it is read; the next refresh "
            "tries again."
        ),
    ),
    dg.AssetCheckSpec(
        _COUNTER,
        asset=_NAME,
        description=(
            f"There are as many items as GitHub's counter says, give or take {COUNTER_ITEMS} and "
            f"{COUNTER_SHARE:.0%}. The counter lags behind the list, and may have been read "
            "earlier, by up to the maximum age."
        ),
    ),
]


def check_lists(
    items: ScannedFrame, sources: Sequence[IssueList], others: Sequence[RepoState]
) -> Iterator[dg.AssetCheckResult]:
    """The results of the checks of the rows.

    Args:
        items: the rows of the lists that the run has made.
        sources: those lists.
        others: what is known of the other lists, which were unique and open when they were made.
    """
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
    known = {state.repo: (state.items, state.counter) for state in others}
    restless |= {
        repo: "still changing when it was last read"
        for repo, (found, _) in known.items()
        if found is not None and not found.is_exact
    }
    warn = dg.AssetCheckSeverity.WARN
    yield check_repositories(_NAME, _EXACT, restless, warn)
    counted = {
        source.repo: f"{rows.get(source.repo, 0)} items, GitHub's counter says {source.counter}"
        for source in sources
        if source.repo in items.scans and _differs(rows.get(source.repo, 0), source.counter)
    }
    counted |= {
        repo: f"{found.open_items} items, GitHub's counter says {counter}"
        for repo, (found, counter) in known.items()
        if found is not None and _differs(found.open_items, counter)
    }
    yield check_repositories(_NAME, _COUNTER, counted, warn)


def _differs(rows: int, counter: int) -> bool:
    return abs(rows - counter) > COUNTER_ITEMS + COUNTER_SHARE * max(rows, counter)
