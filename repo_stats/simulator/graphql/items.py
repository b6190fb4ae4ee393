"""The issues and pull requests of repositories as connections, kept from query to query."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from operator import itemgetter
from typing import Any

from repo_stats.simulator.cursors import read_cursor, write_cursor
from repo_stats.simulator.graphql.errors import ApiError
from repo_stats.simulator.items import Item
from repo_stats.simulator.objects import stamp
from repo_stats.simulator.troubles import ISSUES_OFF
from repo_stats.simulator.world import JsonObject, Repository

_ORDERS = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at", "COMMENTS": "comments"}

Place = tuple[str | int, int]
"""The place of an item in an order: the value it is sorted by, then its number."""

Rows = Sequence[JsonObject]


def is_pull_request(item: JsonObject) -> bool:
    """Whether an item is a pull request."""
    return item.get("pull_request") is not None


def state_of(item: JsonObject) -> str:
    """The state of an item: `OPEN`, `CLOSED`, or `MERGED` for a pull request."""
    if item["state"] == "open":
        return "OPEN"
    is_merged = is_pull_request(item) and item["pull_request"].get("merged_at")
    return "MERGED" if is_merged else "CLOSED"


@dataclass(frozen=True)
class _Known:
    """Selections from the items of a repository, and what they were selected from."""

    items: Rows
    changes: int
    rows: dict[tuple[bool, str, frozenset[str]], Rows] = field(default_factory=dict)

    def is_valid_for(self, items: Rows) -> bool:
        return self.changes == Item.changes and self.items == items

    def select(self, pull_requests: bool, key: str, states: frozenset[str]) -> Rows:
        """The items of a kind in some states, or in all if none is given, ascending by a key."""
        selection = (pull_requests, key, states)
        if selection not in self.rows:
            if states:
                alike = self.select(pull_requests, key, frozenset())
                rows = [item for item in alike if state_of(item) in states]
            else:
                rows = [item for item in self.items if is_pull_request(item) is pull_requests]
                rows.sort(key=itemgetter(key, "number"))
            self.rows[selection] = rows
        return self.rows[selection]


@dataclass
class ItemLists:
    """Keeps items selected and sorted, as long as no item changes."""

    _known: dict[int, _Known] = field(default_factory=dict)

    def connect(
        self, repository: Repository, arguments: dict[str, Any], *, pull_requests: bool
    ) -> JsonObject:
        """A connection with its count and its nodes, which later changes do not change."""
        filters = arguments.get("filterBy") or {}
        states = frozenset(arguments.get("states") or filters.get("states") or ())
        # Which order does not matter where only the count is asked for.
        unordered = "CREATED_AT" if _has_limit(arguments) else "UPDATED_AT"
        order = arguments.get("orderBy") or {"field": unordered, "direction": "ASC"}
        key = _ORDERS[order["field"]]
        is_off = repository.trouble in ISSUES_OFF and not pull_requests
        rows = [] if is_off else self._know(repository).select(pull_requests, key, states)
        if filters.get("since"):
            since = _read_time(filters["since"])
            rows = [row for row in rows if row["updated_at"] >= since]
        return _Ordered(rows, key, order["direction"] == "DESC").page(arguments)

    def _know(self, repository: Repository) -> _Known:
        known = self._known.get(repository.id)
        if known is None or not known.is_valid_for(repository.issues):
            known = _Known(list(repository.issues), Item.changes)
            # An item that does not count its changes may change unnoticed.
            if all(type(item) is Item for item in known.items):
                self._known[repository.id] = known
        return known


@dataclass(frozen=True)
class _Ordered:
    """Items in an order.

    Attributes:
        rows: the items, ascending.
        key: what they are sorted by.
        descending: whether the order is reversed.
    """

    rows: Rows
    key: str
    descending: bool

    def page(self, arguments: dict[str, Any]) -> JsonObject:
        """The connection that the arguments of a field ask for."""
        start, end = 0, len(self.rows)
        if arguments.get("after"):
            start = self._count_before(_read_cursor(arguments["after"]), inclusive=True)
        if arguments.get("before"):
            end = self._count_before(_read_cursor(arguments["before"]), inclusive=False)
        if arguments.get("first") is not None:
            end = min(end, start + arguments["first"])
        if arguments.get("last") is not None:
            start = max(start, end - arguments["last"])
        # An item changes in place.
        nodes = [dict(row) for row in self._cut(start, end)] if _has_limit(arguments) else []
        cursors = [write_cursor(self._place(node)) for node in nodes]
        return {
            "totalCount": len(self.rows),
            "nodes": nodes,
            "edges": [
                {"cursor": cursor, "node": node}
                for cursor, node in zip(cursors, nodes, strict=True)
            ],
            "pageInfo": {
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
                "hasNextPage": end < len(self.rows),
                "hasPreviousPage": start > 0,
            },
        }

    def _cut(self, start: int, end: int) -> Rows:
        if not self.descending:
            return self.rows[start:end]
        total = len(self.rows)
        return self.rows[max(0, total - end) : max(0, total - start)][::-1]

    def _count_before(self, place: Place, *, inclusive: bool) -> int:
        """How many items come before a place, or at it if `inclusive`."""
        bisect = bisect_left if inclusive == self.descending else bisect_right
        smaller = bisect(self.rows, place, key=self._place)
        return len(self.rows) - smaller if self.descending else smaller

    def _place(self, item: JsonObject) -> Place:
        return (item[self.key], item["number"])


def _has_limit(arguments: dict[str, Any]) -> bool:
    """Whether a connection is asked for its nodes, not for its count alone."""
    return any(arguments.get(limit) is not None for limit in ("first", "last"))


def _read_cursor(cursor: str) -> Place:
    try:
        return read_cursor(cursor)
    except ValueError:
        message = f"`{cursor}` does not appear to be a valid cursor."
        raise ApiError("INVALID_CURSOR_ARGUMENTS", message) from None


def _read_time(text: str) -> str:
    """A time as GitHub writes it: in UTC, in whole seconds."""
    try:
        time = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        raise ApiError("argumentLiteralsIncompatible", f"{text!r} is no DateTime.") from None
    return stamp(time.replace(tzinfo=time.tzinfo or timezone.utc).astimezone(timezone.utc))
