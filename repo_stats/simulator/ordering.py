"""The issues of a repository in the orders that lists need, kept from request to request.

Anyone may change the objects at any time. An order is used again only if the list holds the same
objects, if all of them count their changes, and if nothing has changed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from repo_stats.simulator.items import Item
from repo_stats.simulator.world import JsonObject

SORT_KEYS = {"created": "created_at", "updated": "updated_at", "comments": "comments"}

Place = tuple[str, int]
"""The place of an issue in an order: the value it is sorted by, then its id."""


def place_of(issue: JsonObject, sort: str) -> Place:
    """The place of an issue in an order."""
    value = issue[SORT_KEYS[sort]]
    return (f"{value:012d}" if isinstance(value, int) else value, issue["id"])


@dataclass(frozen=True)
class OrderedIssues:
    """Some issues in an order.

    Attributes:
        rows: the issues, ascending.
        sort: what they are sorted by, a key of `SORT_KEYS`.
        descending: whether the order is reversed.
    """

    rows: Sequence[JsonObject]
    sort: str
    descending: bool

    def __len__(self) -> int:
        return len(self.rows)

    def cut(self, start: int, end: int) -> Sequence[JsonObject]:
        """The issues from one position in the order up to, but not including, another."""
        if self.descending:
            total = len(self.rows)
            return self.rows[max(0, total - end) : max(0, total - start)][::-1]
        return self.rows[start:end]

    def count_before(self, place: Place, *, inclusive: bool) -> int:
        """How many issues come before a place, or at it if `inclusive`."""
        bisect = bisect_left if inclusive == self.descending else bisect_right
        smaller = bisect(self.rows, place, key=lambda row: place_of(row, self.sort))
        return len(self.rows) - smaller if self.descending else smaller


@dataclass(frozen=True)
class _Order:
    """Issues in an order, and what they were sorted from."""

    issues: Sequence[JsonObject]
    changes: int
    rows: Sequence[JsonObject]

    def is_valid_for(self, issues: Sequence[JsonObject]) -> bool:
        return self.changes == Item.changes and self.issues == issues


@dataclass
class Orderings:
    """Keeps the orders of a repository's issues."""

    _known: dict[tuple[str, str], _Order] = field(default_factory=dict)

    def find(self, issues: Sequence[JsonObject], state: str, sort: str) -> Sequence[JsonObject]:
        """The issues in a state, or `all`, ascending by the sort value and then by id."""
        known = self._known.get((state, sort))
        if known is not None and known.is_valid_for(issues):
            return known.rows
        changes, copy = Item.changes, list(issues)
        rows = [issue for issue in copy if state in ("all", issue["state"])]
        rows.sort(key=lambda issue: place_of(issue, sort))
        if all(type(issue) is Item for issue in copy):
            self._known[state, sort] = _Order(copy, changes, rows)
        return rows


def updated_since(rows: Sequence[JsonObject], sort: str, since: str) -> Sequence[JsonObject]:
    """Those of some issues in ascending order that were updated at a time or later."""
    if sort == "updated":
        return rows[bisect_left(rows, since, key=lambda issue: str(issue["updated_at"])) :]
    return [issue for issue in rows if issue["updated_at"] >= since]
