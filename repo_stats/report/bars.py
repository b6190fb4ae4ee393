"""Charts of bars: tables whose rows have a name, a bar, and the numbers that the bar shows.

They need no script, since names and numbers are text of the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repo_stats.warehouse.frames import Records

ITEM_KINDS = ("issues", "pull requests")


@dataclass(frozen=True)
class Part:
    """A part of a bar.

    Attributes:
        kind: what it shows; its colour is that of the legend.
        start: where it begins, in percent of the longest bar.
        length: how long it is, in percent of the longest bar.
    """

    kind: str
    start: float
    length: float


@dataclass(frozen=True)
class Bar:
    """A row with a bar.

    Attributes:
        name: what the bar stands for.
        values: the number of each kind.
        parts: the parts of the bar, one for each kind.
    """

    name: str
    values: Mapping[str, int]
    parts: Sequence[Part]


def make_bars(rows: Sequence[tuple[str, Mapping[str, int]]]) -> list[Bar]:
    """Bars whose lengths are shares of the longest.

    Args:
        rows: a name, and the number of each kind.
    """
    longest = max((sum(values.values()) for _, values in rows), default=0) or 1
    return [Bar(name, values, _make_parts(values, longest)) for name, values in rows]


def _make_parts(values: Mapping[str, int], longest: int) -> list[Part]:
    parts, before = [], 0
    for kind, value in values.items():
        start, length = (round(100 * number / longest, 1) for number in (before, value))
        parts.append(Part(kind, start, length))
        before += value
    return parts


def group_ages(ages: Records) -> dict[str, list[int]]:
    """The number of each kind in each age group."""
    return {age: list(counts.values()) for age, counts in _by_kind(ages, "age")}


def age_bars(ages: Mapping[str, Sequence[int]]) -> list[Bar]:
    """The bars of age groups; none if nothing is open.

    Args:
        ages: the open issues and the open pull requests of each group.
    """
    if not any(any(counts) for counts in ages.values()):
        return []
    return make_bars(
        [(age, dict(zip(ITEM_KINDS, counts, strict=True))) for age, counts in ages.items()]
    )


def author_bars(authors: Records) -> list[Bar]:
    """The bars of the busiest authors, each of one kind: people or bots."""
    return make_bars(
        [
            (
                str(author["user"]),
                {"bots" if _is_bot(author) else "people": int(author["open_items"])},
            )
            for author in authors
        ]
    )


def _is_bot(author: Mapping[str, Any]) -> bool:
    """Rows of an earlier version tell only the type of an account."""
    return bool(author["is_bot"]) or author["user_type"] == "Bot"


def comparison_bars(rows: Records) -> list[Bar]:
    """The bars of repositories."""
    return make_bars(_by_kind(rows, "name"))


def _by_kind(rows: Records, name: str) -> list[tuple[str, dict[str, int]]]:
    """Rows of one number each, put together by their names."""
    values: dict[str, dict[str, int]] = {}
    for row in rows:
        values.setdefault(str(row[name]), {})[str(row["kind"])] = int(row["value"])
    return list(values.items())
