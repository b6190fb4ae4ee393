"""Storing snapshots of traffic, and the check that none was missed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.steps.checks import check_repositories
from repo_stats.defs.steps.daily_readings import NamedRepository, describe_kept
from repo_stats.github.traffic import TrafficSnapshot
from repo_stats.metrics.traffic import (
    MOST_GAP,
    add_popular,
    describe_gap,
    find_last_snapshot,
    merge_days,
)
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import (
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables

WARN_GAP = 10
"""From how many days between two snapshots on the check warns."""

_NO_GAP = "no_gap"

GAP_CHECK = dg.AssetCheckSpec(
    _NO_GAP,
    asset=TRAFFIC_DAYS.name,
    description=(
        f"No more than {MOST_GAP} days lie between two snapshots: GitHub forgets views and clones "
        f"after 14. The check warns from {WARN_GAP} days on."
    ),
)


@dataclass(frozen=True)
class StoredTraffic:
    """What is stored of a repository's traffic after a snapshot.

    Attributes:
        before: the day of the snapshot before; None if this is the first one.
        taken_on: the day of the snapshot.
        facts: what the UI shows of each table, by its name.
    """

    before: date | None
    taken_on: date
    facts: Mapping[str, Mapping[str, Any]]


def store_traffic(
    tables: Tables, repository: NamedRepository, snapshot: TrafficSnapshot
) -> StoredTraffic:
    """Store a snapshot.

    Each table is changed under a lock. If the process is killed between two of them, the snapshot
    counts as not taken, and the next one of the day takes its place.

    Raises:
        WarehouseError: stored rows cannot be read or replaced; they stay.
    """
    repo, repo_id, taken_on = repository.repo, repository.repo_id, snapshot.taken_at.date()
    before: list[date] = []

    def merge(stored: pd.DataFrame | None) -> pd.DataFrame:
        last = find_last_snapshot(stored, repo_id)
        before[:] = [] if last is None else [last.date()]
        return merge_days(stored, snapshot, repo, repo_id)

    facts = {}
    popular = {TRAFFIC_REFERRERS: snapshot.referrers, TRAFFIC_PATHS: snapshot.paths}
    for schema, rows in popular.items():
        change = partial(
            _add, schema=schema, popular=rows, taken_on=taken_on, repo=repo, repo_id=repo_id
        )
        facts[schema.name] = describe_kept(
            tables, schema, repo, tables.update(schema, repo, change)
        )
    # It comes last: by its rows it is known when the last snapshot was taken.
    merged = tables.update(TRAFFIC_DAYS, repo, merge)
    facts[TRAFFIC_DAYS.name] = describe_kept(tables, TRAFFIC_DAYS, repo, merged)
    return StoredTraffic(before[0] if before else None, taken_on, facts)


def _add(stored: pd.DataFrame | None, schema: TableSchema, **of_snapshot: Any) -> pd.DataFrame:
    return add_popular(schema, stored, **of_snapshot)


def check_gaps(
    context: dg.AssetExecutionContext,
    tables: Tables,
    repos: Sequence[str],
    done: Mapping[str, StoredTraffic],
    today: date,
) -> dg.AssetCheckResult:
    """The result of `GAP_CHECK`. If days are lost somewhere, it fails with these repositories only.

    Args:
        context: of the step.
        tables: the warehouse's tables.
        repos: the repositories of the run.
        done: what is stored after the snapshots of the run, by repository.
        today: the present day (UTC).
    """
    others = [repo for repo in repos if repo not in done]
    last, _ = try_each(others, lambda repo: _find_last(tables, repo), context.log)
    gaps: dict[str, tuple[date | None, date]]
    gaps = {repo: (stored.before, stored.taken_on) for repo, stored in done.items()}
    gaps |= {repo: (day, today) for repo, day in last.items()}
    lost, soon = judge_gaps(gaps, done)
    severity = dg.AssetCheckSeverity.ERROR if lost else dg.AssetCheckSeverity.WARN
    return check_repositories(TRAFFIC_DAYS.name, _NO_GAP, lost or soon, severity)


def judge_gaps(
    gaps: Mapping[str, tuple[date | None, date]], done: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The repositories of which days are lost, and those of which days are lost soon.

    Args:
        gaps: between which days there was no snapshot, by repository; None if there was none
            before.
        done: the repositories of which a snapshot has ended the gap.

    Returns:
        A sentence for each, by repository.
    """
    lost: dict[str, str] = {}
    soon: dict[str, str] = {}
    for repo, (before, after) in gaps.items():
        if before is not None and (after - before).days >= WARN_GAP:
            found = lost if (after - before).days > MOST_GAP else soon
            found[repo] = describe_gap(before, after, is_over=repo in done)
    return lost, soon


def _find_last(tables: Tables, repo: str) -> date | None:
    """The day of the last snapshot of the repository that has a name now."""
    rows = tables.find_kept(TRAFFIC_DAYS, repo)
    if rows is None:
        return None
    last = find_last_snapshot(rows, rows["repo_id"].iloc[-1])
    return None if last is None else last.date()
