"""Views and clones over more days than GitHub keeps: snapshots become rows, and gaps are found.

A day's numbers are the largest that were seen of it: an answer of GitHub's cuts its first day off,
and its last one is still running. They are final once two snapshots of different days, both taken
after the day, have told the same of the whole day. If GitHub corrects them upward after all, they
follow, and become final anew.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from repo_stats.github.traffic import KEPT_DAYS, DailyCounts, Popular, TrafficSnapshot
from repo_stats.warehouse.frames import Records, join_frames, to_frame
from repo_stats.warehouse.schemas import TRAFFIC_DAYS, TRAFFIC_REFERRERS, TableSchema

AGREEING = 2
"""How many snapshots have to agree on a day."""

MOST_GAP = KEPT_DAYS - 1
"""How many days may lie between two snapshots without losing a day."""

_NUMBERS = ("views", "view_uniques", "clones", "clone_uniques")

_DAY = timedelta(days=1)


def merge_days(
    stored: pd.DataFrame | None, snapshot: TrafficSnapshot, repo: str, repo_id: int
) -> pd.DataFrame:
    """The rows of `traffic_days` after a snapshot.

    Args:
        stored: the rows before it; None if there are none. One name may have belonged to two
            repositories: the rows of the other one stay as they are.
        snapshot: what GitHub told.
        repo: the repository as it is watched.
        repo_id: its number.
    """
    if stored is None:
        stored = to_frame(TRAFFIC_DAYS, [])
    told = _days_of(snapshot)
    is_told = (stored["repo_id"] == repo_id) & stored["day"].isin(told)
    before = {row["day"]: row for row in stored[is_told].to_dict("records")}
    rows = [_merge_day(before.get(day), day, snapshot, repo, repo_id) for day in told]
    merged = join_frames(TRAFFIC_DAYS, [stored[~is_told], to_frame(TRAFFIC_DAYS, rows)])
    return merged.sort_values("day", kind="stable").reset_index(drop=True)


def _days_of(snapshot: TrafficSnapshot) -> list[date]:
    """The days that a snapshot tells of: the whole ones, named or not, and others it names."""
    first, last = snapshot.whole_days
    whole = {first + _DAY * place for place in range((last - first).days + 1)}
    return sorted(whole | snapshot.views.days.keys() | snapshot.clones.days.keys())


def _merge_day(
    before: Any, day: date, snapshot: TrafficSnapshot, repo: str, repo_id: int
) -> dict[str, Any]:
    """The row of a day after a snapshot, by its row before; None if there was none."""
    told = [*_find(snapshot.views, day), *_find(snapshot.clones, day)]
    known = [before[name] for name in _NUMBERS] if before is not None else None
    largest = [max(pair) for pair in zip(told, known or told, strict=True)]
    agreeing = before["agreeing"] if before is not None and known == largest else 0
    first, last = snapshot.whole_days
    if first <= day <= last:
        is_new = before is None or before["seen_at"].date() < snapshot.taken_at.date()
        agreed = agreeing + 1 if is_new or not agreeing else agreeing
        agreeing = agreed if told == largest else 0
    return {
        "repo": repo,
        "repo_id": repo_id,
        "day": day,
        **dict(zip(_NUMBERS, largest, strict=True)),
        "is_final": agreeing >= AGREEING,
        "agreeing": agreeing,
        "seen_at": snapshot.taken_at,
    }


def _find(counts: DailyCounts, day: date) -> tuple[int, int]:
    """The numbers of a day; a day without traffic may be missing."""
    return counts.days.get(day, (0, 0))


def add_popular(
    schema: TableSchema,
    stored: pd.DataFrame | None,
    popular: Sequence[Popular],
    taken_on: date,
    repo: str,
    repo_id: int,
) -> pd.DataFrame:
    """The rows of `traffic_referrers` or `traffic_paths` after a snapshot.

    It takes the place of an earlier snapshot of the same day.

    Args:
        schema: the table.
        stored: its rows before; None if there are none.
        popular: the sites or pages, in GitHub's order.
        taken_on: the day (UTC) of the snapshot.
        repo: the repository as it is watched.
        repo_id: its number.
    """
    rows: Records = [
        {
            "repo": repo,
            "repo_id": repo_id,
            "taken_on": taken_on,
            "rank": rank,
            **_name(schema, each),
            "views": each.views,
            "uniques": each.uniques,
        }
        for rank, each in enumerate(popular, start=1)
    ]
    new = to_frame(schema, rows)
    if stored is None:
        return new
    is_same = (stored["taken_on"] == taken_on) & (stored["repo_id"] == repo_id)
    return join_frames(schema, [stored[~is_same], new])


def _name(schema: TableSchema, popular: Popular) -> dict[str, str]:
    if schema is TRAFFIC_REFERRERS:
        return {"referrer": popular.name}
    return {"path": popular.name, "title": popular.title}


def find_last_snapshot(stored: pd.DataFrame | None, repo_id: int) -> datetime | None:
    """When GitHub was last asked for the traffic of a repository (UTC); None if it never was.

    Args:
        stored: rows of `traffic_days`; None if there are none.
        repo_id: the number of the repository.
    """
    if stored is None:
        return None
    own = stored.loc[stored["repo_id"] == repo_id, "seen_at"]
    latest: datetime | None = None if own.empty else own.max().to_pydatetime()
    return latest


def describe_gap(before: date, after: date, *, is_over: bool) -> str:
    """How many days lie between two snapshots, and what is lost by it, in a sentence.

    Args:
        before: the day of the earlier snapshot.
        after: the day of the later one, or the present day.
        is_over: whether a later snapshot was taken.
    """
    days = (after - before).days
    since = (
        f"{days} days lie between the snapshots of {before} and {after}"
        if is_over
        else f"the last snapshot is of {before}, {days} days ago"
    )
    if days > MOST_GAP:
        last = after - _DAY * MOST_GAP
        return f"{since}: the days from {before} to {last} are lost or cut off."
    return f"{since}; GitHub forgets days after {KEPT_DAYS}."
