"""The numbers of a chart as a table: a row for each day, with a column for each kind of number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from repo_stats.warehouse.frames import Records

MOST_DAYS = 120
"""The most days of a table on a page: there is no room to show more of them."""


@dataclass(frozen=True)
class NumberTable:
    """The numbers of a chart.

    Attributes:
        kinds: what the numbers of each column are.
        rows: a day (`2026-09-02`), and its number of each kind; None where there is none.
    """

    kinds: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Any]]]


def make_number_table(rows: Records, kind: str) -> NumberTable:
    """Put the numbers of a day into one row.

    Args:
        rows: with `day`, `value`, and `kind` where there are several.
        kind: what the numbers are where rows do not say it.
    """
    days: dict[str, dict[str, Any]] = {}
    for row in rows:
        days.setdefault(row["day"], {})[row.get("kind", kind)] = row["value"]
    kinds = list(dict.fromkeys(name for values in days.values() for name in values))
    return NumberTable(
        kinds, [(day, [values.get(name) for name in kinds]) for day, values in days.items()]
    )


def thin_days(table: NumberTable) -> NumberTable:
    """At most `MOST_DAYS` days at equal distances, the last day among them."""
    step = -(-len(table.rows) // MOST_DAYS) or 1
    return NumberTable(table.kinds, table.rows[::-step][::-1])


def write_rows(table: NumberTable) -> str:
    """The rows as HTML: a template takes five times as long for so many of them."""
    cell = '<td class="number">{}</td>'.format
    rows = (
        (day, "".join(cell("" if value is None else value) for value in values))
        for day, values in table.rows
    )
    return "\n".join(f"<tr><td>{day}</td>{cells}</tr>" for day, cells in rows)
