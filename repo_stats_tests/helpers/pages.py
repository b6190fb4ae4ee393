"""A list of issues, heads of its pages, and where they are kept."""

from collections import Counter
from datetime import datetime, timedelta, timezone

from repo_stats.github.issues.pages import Page, PageHead, PageKey
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


class MemoryStore:
    """Pages in memory, which counts how often each repository's heads are read."""

    def __init__(self, stored: dict[PageKey, PageHead]) -> None:
        self.stored = stored
        self.reads: Counter[str] = Counter()

    def heads(self, repo: str) -> dict[PageKey, PageHead]:
        self.reads[repo] += 1
        return {key: each for key, each in self.stored.items() if key.repo == repo}

    def write(self, key: PageKey, page: Page) -> None:
        self.stored[key] = page.head

    def confirm(self, key: PageKey, sent: PageHead, confirmed: PageHead) -> None:
        if self.stored.get(key) == sent:
            self.stored[key] = confirmed

    def delete(self, key: PageKey) -> None:
        self.stored.pop(key, None)
