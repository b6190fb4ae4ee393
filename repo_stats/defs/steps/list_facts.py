"""What the log and the UI show of the lists that `open_issues` has read."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from repo_stats.defs.steps.github_requests import count_outcomes
from repo_stats.github.issues.page_reader import Outcome, PageResult, with_outcomes_of
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.warehouse.scans import ScannedFrame


def describe_readings(snapshots: Mapping[str, ListSnapshot], asked: Sequence[PageResult]) -> str:
    """How the lists were brought up to date, for the log.

    A list of which a page was fetched, or that is not exact, has a line of its own, in the order of
    the names. The others are counted.

    Args:
        snapshots: the lists, by repository.
        asked: the pages that earlier steps of the run have read.
    """
    lines = []
    for repo, snapshot in sorted(snapshots.items()):
        results = with_outcomes_of(asked, snapshot.results)
        if snapshot.is_exact and all(result.outcome is not Outcome.FETCHED for result in results):
            continue
        doubt = "" if snapshot.is_exact else "; it kept changing while it was read: not exact"
        lines.append(f"{repo}: {count_outcomes(results)}{doubt}")
    return "\n".join([*lines, f"Lists without any change: {len(snapshots) - len(lines)}"])


def describe_lists(
    items: ScannedFrame, snapshots: Mapping[str, ListSnapshot], asked: Sequence[PageResult]
) -> dict[str, dict[str, Any]]:
    """What the UI shows of each repository."""
    kinds = items.frame.groupby(["repo", "is_pull_request"]).size().to_dict()
    facts: dict[str, dict[str, Any]] = {}
    for repo, snapshot in snapshots.items():
        issues, pull_requests = (int(kinds.get((repo, kind), 0)) for kind in (False, True))
        facts[repo] = {
            "open_items": issues + pull_requests,
            "open_issues": issues,
            "open_pull_requests": pull_requests,
            **_count_pages(with_outcomes_of(asked, snapshot.results)),
            "is_exact": snapshot.is_exact,
            "rounds": snapshot.rounds,
            "changes_seen": snapshot.changes,
            "scan_started": dg.MetadataValue.timestamp(snapshot.started_at.timestamp()),
            "scan_ended": dg.MetadataValue.timestamp(snapshot.ended_at.timestamp()),
        }
    return facts


def _count_pages(results: Sequence[PageResult]) -> dict[str, int]:
    outcomes = [result.outcome for result in results]
    return {
        "pages": len(outcomes),
        "pages_fetched": outcomes.count(Outcome.FETCHED),
        "pages_unchanged": outcomes.count(Outcome.UNCHANGED),
        "pages_fresh": outcomes.count(Outcome.FRESH),
        "pages_asked": len(outcomes) - outcomes.count(Outcome.FRESH),
    }
