"""The issues list with GitHub's filters, orders, page numbers and cursors. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlencode

from repo_stats.simulator.cursors import read_cursor, write_cursor
from repo_stats.simulator.objects import stamp
from repo_stats.simulator.ordering import (
    SORT_KEYS,
    OrderedIssues,
    Orderings,
    Place,
    place_of,
    updated_since,
)
from repo_stats.simulator.world import JsonObject

_NO_SINCE = "1970-01-01T00:00:00Z"


class ListError(Exception):
    """A query that GitHub refuses with 422; the message is GitHub's.

    Attributes:
        field: the parameter that failed the validation, if one did.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class ListPage:
    """One page of a list.

    Attributes:
        items: the API objects on it.
        links: the query strings of the pages `next` and `prev`, if there are such pages.
    """

    items: Sequence[JsonObject]
    links: Mapping[str, str]


def list_issues(
    issues: Sequence[JsonObject],
    query: Mapping[str, str],
    page_cap: int | None,
    orderings: Orderings | None = None,
) -> ListPage:
    """The page of a list that a query asks for.

    Args:
        issues: all issues of the repository.
        query: the request's parameters.
        page_cap: the last row that page numbers reach, or None for no cap.
        orderings: keeps the orders of these issues from call to call.

    Raises:
        ListError: the query is refused.
    """
    ordered = _select(issues, query, orderings or Orderings())
    per_page, page = read_paging(query)
    start = _start(ordered, query, per_page, page, page_cap)
    items = ordered.cut(start, start + per_page)
    links = {}
    if start + per_page < len(ordered):
        after = _cursor(items[-1], ordered.sort)
        links["next"] = _link(query, {"after": after, "page": str(page + 1)})
    if start > 0 and items:
        before = _cursor(items[0], ordered.sort)
        links["prev"] = _link(query, {"before": before, "page": str(max(1, page - 1))})
    return ListPage(items, links)


def _select(
    issues: Sequence[JsonObject], query: Mapping[str, str], orderings: Orderings
) -> OrderedIssues:
    """The issues that a query selects; an unknown `sort` resets state and direction, too."""
    state, sort = query.get("state", "open"), query.get("sort", "created")
    if state not in ("open", "closed", "all"):
        raise ListError("Validation Failed", "state")
    descending = query.get("direction", "desc") != "asc"
    if sort not in SORT_KEYS:
        state, sort, descending = "open", "created", True
    rows = orderings.find(issues, state, sort)
    if "since" in query:
        since = _read_since(query["since"])
        rows = [] if since == _NO_SINCE else updated_since(rows, sort, since)
    return OrderedIssues(rows, sort, descending)


def _read_since(text: str) -> str:
    """A time as GitHub writes it: in UTC, in whole seconds."""
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ListError("Validation Failed", "since") from None
    return stamp(time.replace(tzinfo=time.tzinfo or timezone.utc).astimezone(timezone.utc))


def _start(
    ordered: OrderedIssues,
    query: Mapping[str, str],
    per_page: int,
    page: int,
    page_cap: int | None,
) -> int:
    """The position of the first row of the page.

    A cursor is a place in the order, so that items which come or go before it do not matter.
    """
    if "after" in query:
        return ordered.count_before(_read_cursor(query["after"]), inclusive=True)
    if "before" in query:
        passed = ordered.count_before(_read_cursor(query["before"]), inclusive=False)
        return max(0, passed - per_page)
    if page_cap is not None and page * per_page > page_cap:
        raise ListError(
            "Pagination with the page parameter is not supported for large datasets, please use "
            "cursor based pagination (after/before)"
        )
    return (page - 1) * per_page


def _cursor(issue: JsonObject, sort: str) -> str:
    return write_cursor(place_of(issue, sort))


def _read_cursor(cursor: str) -> Place:
    try:
        value, number = read_cursor(cursor)
    except ValueError:
        raise ListError("Invalid cursor") from None
    if not isinstance(value, str):
        raise ListError("Invalid cursor")
    return (value, number)


def _link(query: Mapping[str, str], changes: Mapping[str, str]) -> str:
    kept = {key: value for key, value in query.items() if key not in ("after", "before", "page")}
    return urlencode({**kept, **changes})


def read_paging(query: Mapping[str, str]) -> tuple[int, int]:
    """How many rows a page has, and which page a request asks for."""
    wanted = _number(query.get("per_page"), 30)
    per_page = min(wanted, 100) if wanted > 0 else 30
    return per_page, max(1, _number(query.get("page"), 1))


def _number(text: str | None, default: int) -> int:
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default
