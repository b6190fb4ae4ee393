"""Rows of items, as a list of open issues has them."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ISSUES, OPEN_ISSUES
from repo_stats_tests.helpers.rows import NOW


def item(number: int, user: int, /, **changes: Any) -> dict[str, Any]:
    row = {column.name: None for column in OPEN_ISSUES.columns}
    return {
        **row,
        "repo": "a/b",
        "repo_id": 1,
        "id": number,
        "number": number,
        "is_pull_request": False,
        "is_draft": False,
        "title": "",
        "state": "open",
        "user_id": user,
        "user": f"user{user}",
        "user_type": "User",
        "is_bot": changes.get("user_type") == "Bot",
        "labels": [],
        "assignees": [],
        "comments": 0,
        "reactions": 0,
        "is_locked": False,
        "html_url": "",
        "created_at": NOW - timedelta(days=number),
        "updated_at": NOW,
        **changes,
    }


def items(*rows: dict[str, Any]) -> pd.DataFrame:
    return to_frame(OPEN_ISSUES, rows)


def items_by_time(*spans: tuple[datetime, datetime | None, bool], repo_id: int = 1) -> pd.DataFrame:
    """Items by when they were opened and closed, and whether they are pull requests."""
    rows = [
        item(
            number,
            1,
            repo_id=repo_id,
            created_at=created,
            closed_at=closed,
            is_pull_request=is_pull_request,
            state="closed" if closed else "open",
        )
        for number, (created, closed, is_pull_request) in enumerate(spans, start=1)
    ]
    return to_frame(ISSUES, rows)
