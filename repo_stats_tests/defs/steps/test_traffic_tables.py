"""Storing snapshots: what a killed process leaves, and which gaps are too long."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from repo_stats.defs.steps.daily_readings import NamedRepository
from repo_stats.defs.steps.traffic_tables import judge_gaps, store_traffic
from repo_stats.github.traffic import DailyCounts, Popular, TrafficSnapshot
from repo_stats.warehouse.audience_schemas import TRAFFIC
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import TRAFFIC_DAYS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.stored import KilledError, MortalFiles, contents

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

DAY = timedelta(days=1)

ROCKET = NamedRepository("acme/rocket", 7, "acme/rocket")


def snapshot(day: int, views: int) -> TrafficSnapshot:
    moment = NOON + day * DAY
    days = {moment.date() - ago * DAY: (views, 1) for ago in range(14)}
    counts = DailyCounts(moment.date(), days)
    site = (Popular("Google", "", views, 1),)
    return TrafficSnapshot(moment, counts, counts, site, (Popular("/acme", "A", views, 1),))


def test_a_snapshot_whose_process_is_killed_at_any_change_is_made_up_for_by_the_next(
    tmp_path: Path,
) -> None:
    """Nothing is lost of the day before, and the day itself is whole after another try."""
    root = str(tmp_path)
    files = Files(root)
    store_traffic(Tables(files), ROCKET, snapshot(0, 5))
    kept = contents(files)
    assert len(kept) == 3
    for number in (1, 2, 3):
        with pytest.raises(KilledError):
            store_traffic(Tables(MortalFiles(root, number)), ROCKET, snapshot(1, 6))
        left = Tables(files)
        days = left.find_kept(TRAFFIC_DAYS, ROCKET.repo)
        assert days is not None
        assert days["seen_at"].max() == NOON, "the snapshot counts as not taken"
        for schema in TRAFFIC:
            rows = left.find_kept(schema, ROCKET.repo)
            assert rows is not None
            assert NOON.date() in set(rows["day" if schema is TRAFFIC_DAYS else "taken_on"])
    stored = store_traffic(Tables(files), ROCKET, snapshot(1, 6))
    assert (stored.before, stored.taken_on) == (NOON.date(), (NOON + DAY).date())
    after = contents(files)
    counts = {path.partition("/")[0]: len(rows) for path, (rows, _) in after.items()}
    assert counts == {"traffic_days": 15, "traffic_referrers": 2, "traffic_paths": 2}


@pytest.mark.parametrize(
    ("days", "kind"), [(1, ""), (9, ""), (10, "soon"), (13, "soon"), (14, "lost"), (60, "lost")]
)
@pytest.mark.parametrize("is_over", [True, False])
def test_a_gap_is_warned_of_from_ten_days_on_and_loses_days_above_thirteen(
    days: int, kind: str, is_over: bool
) -> None:
    before = NOON.date()
    gaps = {"a/b": (before, before + days * DAY), "c/d": (None, before)}
    lost, soon = judge_gaps(gaps, {"a/b"} if is_over else ())
    assert (set(lost), set(soon)) == (
        {"a/b"} if kind == "lost" else set(),
        {"a/b"} if kind == "soon" else set(),
    )
    for sentence in [*lost.values(), *soon.values()][:1]:
        assert f"{days} days" in sentence
