"""What is known of lists after they were read, and which of their tables need not be written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.steps.github_requests import usage_metadata
from repo_stats.defs.steps.list_facts import describe_lists, describe_readings
from repo_stats.defs.steps.materializations import DeferredMaterialisations, describe_partitions
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.snapshot_tables import FetchResult
from repo_stats.defs.stored_rows import Refreshed
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.github.issues.vouching import ScanSummary, vouch
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA
from repo_stats.warehouse.states.repo_state import ListSummary, RepoState
from repo_stats.warehouse.table_files import StoredTable
from repo_stats.warehouse.tables import Tables


def refresh_lists(
    scope: RefreshScope, items: ScannedFrame, tables: Mapping[str, StoredTable]
) -> Refreshed:
    """What `combine_pages` has to store.

    Args:
        scope: what the step has to work on.
        items: the rows of the lists, and how they were read.
        tables: what is stored of the lists.
    """
    frames = dict(iter(items.frame.groupby("repo", sort=False)))
    states = {
        repo: _after_scan(scope.states[repo], scan, frames.get(repo, items.frame[:0]))
        for repo, scan in items.scans.items()
        if repo in scope.states
    }
    unchanged = {
        repo
        for repo, scan in items.scans.items()
        if repo in states
        and scope.holds(OPEN_ISSUES, repo)
        and _is_same(tables.get(repo), scan)
        and _has_same_bots(tables[repo], frames.get(repo, items.frame[:0]))
    }
    return Refreshed(items, states, unchanged)


def describe_refresh(
    context: dg.AssetExecutionContext,
    tables: Tables,
    items: ScannedFrame,
    snapshots: Mapping[str, ListSnapshot],
    results: Sequence[FetchResult],
    usage: Usage,
    stale: Mapping[str, Mapping[str, Any]],
) -> DeferredMaterialisations:
    """Log how the lists were read, and say what to record of them once they are stored.

    Args:
        context: of the step.
        tables: the warehouse's tables.
        items: the rows of the lists, and how they were read.
        snapshots: the lists, by repository.
        results: what earlier steps read.
        usage: what the requests of all steps cost.
        stale: what to show of the repositories that could not be refreshed.
    """
    asked = [page for result in results for page in result.pages]
    if snapshots:
        context.log.info(describe_readings(snapshots, asked))
    return describe_partitions(
        context,
        tables,
        OPEN_ISSUES,
        items.frame,
        {**describe_lists(items, snapshots, asked), **stale},
        set(items.scans),
        of_run=usage_metadata(usage),
        made_of=[REPO_METADATA],
    )


def _is_same(stored: StoredTable | None, scan: ScanInfo) -> bool:
    """Whether a stored table tells what a scan tells, apart from when it was read."""
    if stored is None or stored.is_older or stored.scan is None:
        return False
    if stored.scan.changes or scan.changes:
        return False
    was, now = stored.scan, scan
    return (was.fingerprint, was.is_exact) == (now.fingerprint, now.is_exact)


def _has_same_bots(stored: StoredTable, rows: pd.DataFrame) -> bool:
    """Whether the authors that count as bots are those that were bots when a table was stored."""
    return bool(stored.rows["is_bot"].to_pylist() == rows["is_bot"].tolist())


def _after_scan(state: RepoState, scan: ScanInfo, rows: pd.DataFrame) -> RepoState:
    """What is known of a list after a scan; nothing new if that scan is known already."""
    if state.seen_at == scan.validated_at:
        return state
    pull_requests = int(rows["is_pull_request"].sum())
    voucher = None
    if state.pulse is not None:
        numbers = {item.number for item in state.pulse.newest}
        named = rows[rows["number"].isin(numbers)]
        summary = ScanSummary(
            began_at=scan.validated_at,
            is_exact=scan.is_exact,
            open_issues=len(rows) - pull_requests,
            open_pull_requests=pull_requests,
            updates=dict(zip(named["number"], named["updated_at"], strict=True)),
        )
        voucher = vouch(state.pulse, summary, state.voucher)
    found = ListSummary(len(rows), scan.is_exact)
    return replace(state, voucher=voucher, items=found, seen_at=scan.validated_at)
