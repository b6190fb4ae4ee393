"""The heads of pages, made from responses."""

from collections.abc import Sequence
from datetime import datetime, timezone

from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.issues.page_times import find_begin, find_served_at
from repo_stats.github.issues.pages import PageHead, hash_rows
from repo_stats.github.issues.requests import PageRequest
from repo_stats.github.parsing import IssueRow


def make_empty_response(asked_at: datetime) -> ApiResponse:
    """The response that stands for a list that is gone."""
    now = datetime.now(timezone.utc)
    return ApiResponse(
        asked_at=asked_at,
        answered_at=now,
        server_date=now,
        etag=None,
        token_id=None,
        next_url=None,
        quota=None,
        body=[],
    )


def make_head(
    request: PageRequest,
    rows: Sequence[IssueRow],
    response: ApiResponse,
    stored: PageHead | None,
) -> PageHead:
    """The head of a page that was received.

    Args:
        request: the request for it.
        rows: its items.
        response: the response.
        stored: the head of the page that was stored under its name, if there was one.
    """
    content_hash = hash_rows(rows)
    is_known = (
        stored is not None and stored.url == request.url and stored.content_hash == content_hash
    )
    return PageHead(
        url=request.url,
        next_url=response.next_url,
        etag=response.etag,
        token_id=response.token_id,
        fetched_at=find_begin(stored, response) if stored and is_known else response.answered_at,
        validated_at=response.asked_at,
        answered_at=response.answered_at,
        served_at=find_served_at(response),
        content_hash=content_hash,
        rows=len(rows),
        is_full=len(rows) >= request.issue_list.per_page,
        last_updated_at=max((row["updated_at"] for row in rows), default=None),
        updates={row["id"]: int(row["updated_at"].timestamp()) for row in rows},
    )
