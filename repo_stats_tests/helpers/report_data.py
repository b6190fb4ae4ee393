"""A warehouse for the report: two years of history, and issues with odd and dangerous texts."""

import random
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pandas as pd

from repo_stats.github.parsing import parse_issues
from repo_stats.metrics.summary import count_per_user
from repo_stats.simulator.generator import LATEST, Shape
from repo_stats.simulator.world import Repository
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import (
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.generated import generated

NOW = datetime(2026, 9, 2, 12, 0, tzinfo=timezone.utc)

DAYS = 730

SCRIPT = "<script>alert(1)</script>"


def fill_warehouse(root: str, repos: Sequence[str], days: int = DAYS) -> Tables:
    """Store all tables of some repositories, with a history of so many days."""
    shutil.copytree(_filled(tuple(repos), days), root, dirs_exist_ok=True)
    return Tables(Files(root))


@cache
def _filled(repos: Sequence[str], days: int) -> str:
    """The folder of a warehouse that no test has: many of them ask for the same one."""
    root = tempfile.mkdtemp()
    tables = Tables(Files(root))
    for number, repo in enumerate(repos):
        chance = random.Random(number)  # noqa: S311
        _fill(tables, repo, chance, days, 120 + 90 * number)
    return root


def _fill(tables: Tables, repo: str, chance: random.Random, days: int, opened: int) -> None:
    repository = generated(Shape(repo, opened, opened // 3, 10))
    items = _make_items(repository, chance)
    tables.write(OPEN_ISSUES, repo, items)
    per_user = count_per_user(items)
    tables.write(ISSUES_PER_USER, repo, per_user)
    statistics = {
        "repo": repo,
        "repo_id": repository.id,
        "snapshot_at": NOW,
        "stars": 2000 + 7 * days,
        "forks": 310,
        "subscribers": None,
        **_count(items, users=len(per_user)),
        "is_exact": True,
    }
    tables.write(REPO_STATISTICS, repo, to_frame(REPO_STATISTICS, [statistics]))
    tables.write(REPO_METADATA, repo, to_frame(REPO_METADATA, [_make_metadata(repo)]))
    _fill_past(tables, repo, statistics, chance, days)


def _make_items(generated: Repository, chance: random.Random) -> pd.DataFrame:
    """Open items of all ages, the first two with text that must not run as code."""
    opened = [item for item in generated.issues if item["state"] == "open"]
    parsed = parse_issues(opened, generated.full_name, generated.id)
    rows: list[dict[str, Any]] = [{**row} for row in parsed]
    for place, row in enumerate(rows):
        age = timedelta(days=chance.expovariate(1 / 120)) if place % 3 else timedelta(days=place)
        row.update(created_at=min(LATEST, NOW - age), number=place + 1)
        row.pop("raw")
    rows.sort(key=lambda row: row["is_pull_request"])
    rows[0].update(title=SCRIPT, user=f"<b>{SCRIPT}</b>", created_at=NOW - timedelta(days=3000))
    rows[1].update(html_url="javascript:alert(2)", created_at=NOW - timedelta(days=2999))
    for row in rows[:40]:
        row.update(user_id=1, user=rows[0]["user"])
    return to_frame(OPEN_ISSUES, rows)


def _count(items: pd.DataFrame, users: int) -> dict[str, Any]:
    pulls = int(items["is_pull_request"].sum())
    return {
        "open_issues_count": len(items),
        "open_items": len(items),
        "open_issues": len(items) - pulls,
        "open_pull_requests": pulls,
        "users": users,
        "average_open_issues_per_user": len(items) / users,
        "average_open_issues_per_user_without_pull_requests": None,
    }


def _make_metadata(repo: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(REPO_METADATA.names, 1),
        **dict.fromkeys(("description", "language", "license", "default_branch", "etag", "api")),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), NOW),
        "has_issues": True,
        "is_archived": False,
        "is_fork": False,
        "is_private": False,
        "repo": repo,
        "full_name": repo,
        "url": "u",
        "raw": "{}",
        "validated_at": NOW,
        "html_url": f"https://github.com/{repo}",
        "description": f"Does things <i>well</i> for {repo}",
    }


def _fill_past(
    tables: Tables, repo: str, statistics: dict[str, Any], chance: random.Random, days: int
) -> None:
    history, backlog, given = [], [], []
    for back in range(days, -1, -1):
        stars = statistics["stars"] - 7 * back + chance.randrange(9)
        issues = max(1, statistics["open_issues"] - back // 9 + chance.randrange(6))
        moment = NOW - timedelta(days=back)
        history.append({**statistics, "snapshot_at": moment, "stars": stars, "open_issues": issues})
        given.append(
            {"repo": repo, "repo_id": statistics["repo_id"], "day": moment.date(), "stars": 7}
        )
        backlog.append(
            {
                "repo": repo,
                "repo_id": statistics["repo_id"],
                "day": moment.date(),
                "open_items": issues + 20,
                "open_issues": issues,
                "open_pull_requests": 20,
                "opened": 3,
                "closed": 2,
                "is_rebuilt": True,
            }
        )
    tables.write(REPO_HISTORY, repo, to_frame(REPO_HISTORY, history))
    tables.write(STAR_DAYS, repo, to_frame(STAR_DAYS, given))
    tables.write(ISSUE_BACKLOG, repo, to_frame(ISSUE_BACKLOG, backlog))
    trends = [
        {
            "repo": repo,
            "repo_id": statistics["repo_id"],
            "period": period,
            "start": start,
            "kind": "all",
            "opened": 10 + chance.randrange(9),
            "closed": 9 + chance.randrange(9),
            "median_days_to_close": 2 + chance.random() * 3,
            "p90_days_to_close": 20 + chance.random() * 30,
            "closed_bot_share": 0.2,
            "new_authors": chance.randrange(5),
        }
        for period, start in _periods(days)
    ]
    tables.write(ISSUE_TRENDS, repo, to_frame(ISSUE_TRENDS, trends))


def _periods(days: int) -> list[tuple[str, date]]:
    monday = NOW.date() - timedelta(days=NOW.weekday())
    weeks = [("week", monday - timedelta(weeks=back)) for back in range(days // 7, -1, -1)]
    months = [
        ("month", date(2026 - (back + 3) // 12, 12 - (back + 3) % 12, 1))
        for back in range(days // 30, -1, -1)
    ]
    return [*weeks, *months]
