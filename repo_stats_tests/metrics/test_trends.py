"""Trends of items, against a count by hand."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from repo_stats.metrics.trends import compute_trends
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import ISSUE_TRENDS


def make_items(seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)  # noqa: S311
    begin = datetime(2025, 12, 20, tzinfo=timezone.utc)
    items = []
    for _ in range(chance.randrange(1, 60)):
        created = begin + timedelta(hours=chance.randrange(4000))
        is_closed = chance.random() < 0.6
        closed = created + timedelta(hours=chance.randrange(2000)) if is_closed else None
        items.append(
            {
                "repo": "a/b",
                "repo_id": 7,
                "is_pull_request": chance.random() < 0.4,
                "state": "closed" if is_closed else "open",
                "user_id": chance.randrange(12),
                "user_type": chance.choice(("User", "Bot")),
                "created_at": created,
                "closed_at": closed,
            }
        )
    return items


def start_of(time: datetime, period: str) -> date:
    day = time.date()
    return day.replace(day=1) if period == "month" else day - timedelta(days=day.weekday())


def count_by_hand(items: Sequence[dict[str, Any]], period: str, start: date) -> tuple[Any, ...]:
    opened = [i for i in items if start_of(i["created_at"], period) == start]
    closed = [i for i in items if i["closed_at"] and start_of(i["closed_at"], period) == start]
    days = sorted((i["closed_at"] - i["created_at"]) / timedelta(days=1) for i in closed)
    firsts: dict[int, datetime] = {}
    for item in items:
        first = firsts.setdefault(item["user_id"], item["created_at"])
        firsts[item["user_id"]] = min(first, item["created_at"])
    new = sum(start_of(first, period) == start for first in firsts.values())
    bots = sum(i["user_type"] == "Bot" for i in closed) / len(closed) if closed else None
    middle, rest = divmod(len(days), 2)
    median = (days[middle] if rest else (days[middle - 1] + days[middle]) / 2) if days else None
    return len(opened), len(closed), median, bots, new


@pytest.mark.parametrize("seed", range(8))
def test_trends_are_those_of_a_count_by_hand(seed: int) -> None:
    items = make_items(seed)
    frame = pd.DataFrame(items)
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    frame["closed_at"] = pd.to_datetime(frame["closed_at"], utc=True)
    trends = compute_trends(frame)
    to_arrow(ISSUE_TRENDS, trends)
    kinds = {
        "all": items,
        "issue": [i for i in items if not i["is_pull_request"]],
        "pull_request": [i for i in items if i["is_pull_request"]],
    }
    for row in trends.to_dict("records"):
        opened, closed, median, bots, new = count_by_hand(
            kinds[row["kind"]], row["period"], row["start"]
        )
        assert (row["opened"], row["closed"], row["new_authors"]) == (opened, closed, new)
        for name, expected in (("median_days_to_close", median), ("closed_bot_share", bots)):
            assert pd.isna(row[name]) if expected is None else row[name] == pytest.approx(expected)
    for (period, kind), rows in trends.groupby(["period", "kind"]):
        assert rows["opened"].sum() == len(kinds[str(kind)])
        gaps = {(b - a).days for a, b in zip(rows["start"], rows["start"][1:], strict=False)}
        assert gaps <= ({7} if period == "week" else {28, 29, 30, 31})
