"""The issues list: filter, order, page numbers and cursors, as GitHub has them. Pure functions."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from repo_stats.simulator.world import JsonObject, is_open

_SORT_KEYS = {"created": "created_at", "updated": "updated_at", "comments": "comments"}
_NO_SINCE = "1970-01-01T00:00:00Z"


class ListError(Exception):
    """A list that GitHub answers with 422; the message is its own."""


@dataclass(frozen=True)
class ListPage:
    """One page of a list.

    Attributes:
        items: the API objects on it.
        links: query strings of its neighbours, by relation: `next`, `prev`.
    """

    items: Sequence[JsonObject]
    links: Mapping[str, str]


def list_issues(
    issues: Sequence[JsonObject], query: Mapping[str, str], page_cap: int | None
) -> ListPage:
    """The page of a list that a query asks for.

    Args:
        issues: all issues of the repository.
        query: the request's parameters.
        page_cap: the last row that page numbers reach, or None for no cap.

    Raises:
        ListError: the query is refused.
    """
    state = query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise ListError("Validation Failed")
    rows = _select(issues, state, query.get("since"))
    sort, descending = query.get("sort", "created"), query.get("direction", "desc") != "asc"
    if sort not in _SORT_KEYS:
        sort, descending, rows = "created", True, _select(issues, "open", query.get("since"))
    rows = sorted(rows, key=lambda row: _position(row, sort), reverse=descending)
    per_page, page = _per_page(query), max(1, _number(query.get("page"), 1))
    start = _start(rows, query, sort, descending, per_page, page, page_cap)
    items = rows[start : start + per_page]
    links = {}
    if start + per_page < len(rows):
        links["next"] = _link(query, {"after": _cursor(items[-1], sort), "page": str(page + 1)})
    if start > 0 and items:
        links["prev"] = _link(
            query, {"before": _cursor(items[0], sort), "page": str(max(1, page - 1))}
        )
    return ListPage(items, links)


def _select(issues: Sequence[JsonObject], state: str, since: str | None) -> list[JsonObject]:
    """Issues in a state and, inclusively, updated since a time; `since` the epoch finds none."""
    if since == _NO_SINCE:
        return []
    return [
        issue
        for issue in issues
        if (state == "all" or is_open(issue) == (state == "open"))
        and (since is None or issue["updated_at"] >= since)
    ]


def _start(
    rows: Sequence[JsonObject],
    query: Mapping[str, str],
    sort: str,
    descending: bool,
    per_page: int,
    page: int,
    page_cap: int | None,
) -> int:
    """Where the page begins: a cursor is a place in the order, whatever came or went before it."""
    for name in ("after", "before"):
        if name in query:
            place = _read_cursor(query[name])
            passed = sum(
                _is_before(_position(row, sort), place, descending, inclusive=name == "after")
                for row in rows
            )
            return passed if name == "after" else max(0, passed - per_page)
    if page_cap is not None and page * per_page > page_cap:
        raise ListError(
            "Pagination with the page parameter is not supported for large datasets, please use "
            "cursor based pagination (after/before)"
        )
    return (page - 1) * per_page


def _is_before(
    position: tuple[str, int], place: tuple[str, int], descending: bool, *, inclusive: bool
) -> bool:
    if position == place:
        return inclusive
    return position > place if descending else position < place


def _position(issue: JsonObject, sort: str) -> tuple[str, int]:
    value = issue[_SORT_KEYS[sort]]
    return (f"{value:012d}" if isinstance(value, int) else value, issue["id"])


def _cursor(issue: JsonObject, sort: str) -> str:
    text = json.dumps(_position(issue, sort))
    return base64.urlsafe_b64encode(f"cursor:v2:{text}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, int]:
    try:
        text = base64.urlsafe_b64decode(cursor).decode().removeprefix("cursor:v2:")
        value, number = json.loads(text)
    except (binascii.Error, ValueError, TypeError):
        raise ListError("Invalid cursor") from None
    return (value, number)


def _link(query: Mapping[str, str], changes: Mapping[str, str]) -> str:
    kept = {key: value for key, value in query.items() if key not in ("after", "before", "page")}
    return urlencode({**kept, **changes})


def _per_page(query: Mapping[str, str]) -> int:
    wanted = _number(query.get("per_page"), 30)
    return min(wanted, 100) if wanted > 0 else 30


def _number(text: str | None, default: int) -> int:
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default
