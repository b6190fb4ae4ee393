"""A list of issues, and heads of its pages."""

from datetime import datetime, timedelta, timezone

from repo_stats.github.issues.pages import PageHead
from repo_stats.github.issues.requests import IssueList

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

ISSUE_LIST = IssueList("a/b", 7, "https://api.example", 100)


def head(number: int, *, rows: int = 100, age: float = 0, url: str | None = None) -> PageHead:
    time = NOW - timedelta(seconds=age)
    return PageHead(
        url=url or ISSUE_LIST.numbered(number).url,
        next_url=None,
        etag='W/"1"',
        token_id=None,
        fetched_at=time,
        validated_at=time,
        answered_at=time,
        served_at=time,
        content_hash="",
        rows=rows,
        is_full=rows == 100,
        last_updated_at=time if rows else None,
        updates={place: int(time.timestamp()) for place in range(rows)},
    )
