"""The sensor `follow_updates`: makes what is made from stored tables, when these have changed."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from repo_stats.defs.cuts import Cut
from repo_stats.defs.sensors.hand_made import FOLLOWERS, find_hand_made, request_followers
from repo_stats.defs.sensors.publishing import PUBLICATION, decide, read_assets


def build_follow_updates(
    watchlist: Sequence[str], jobs: Sequence[Any], cut: Cut, clock: Callable[[], float] = time.time
) -> dg.SensorDefinition:
    """The sensor.

    Args:
        jobs: the jobs that it may run.
        watchlist: the repositories.
        cut: how large a run may be.
        clock: gives the time, in seconds since the epoch.
    """

    @dg.sensor(
        name="follow_updates",
        jobs=jobs,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Makes backlog, leaderboard and report in one run when numbers have changed, at most "
            "every ten minutes. If somebody materialises an input of the statistics by hand, it "
            "makes what a refresh would make of it."
        ),
    )
    def follow_updates(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        instance = context.instance
        assets = read_assets(instance, [*FOLLOWERS, *PUBLICATION])
        latest = max(assets[name].number for name in FOLLOWERS)
        seen, handled = read_numbers(context.cursor) or (latest, 0)
        hand_made = find_hand_made(instance, seen, latest, watchlist)
        requests = request_followers(hand_made.due, watchlist, f"follow {hand_made.seen}", cut)
        reason = ""
        if not requests:  # what follows them is published later
            decision = decide(instance, assets, watchlist, handled, clock())
            handled, reason = decision.handled, decision.reason
            requests = [decision.request] if decision.request else []
        return dg.SensorResult(requests, reason or None, json.dumps([hand_made.seen, handled]))

    return follow_updates


def read_numbers(cursor: str | None) -> tuple[int, int] | None:
    """Up to which event the materialisations by hand, and the others, are followed.

    None if the cursor is new, damaged or of another version.
    """
    try:
        seen, handled = json.loads(cursor or "null")
        return int(seen), int(handled)
    except (TypeError, ValueError):
        return None
