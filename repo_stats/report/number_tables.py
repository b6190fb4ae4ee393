"""The numbers of a chart as a table: a row for each day, with a column for each kind of number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from repo_stats.warehouse.frames import Records

MOST_DAYS = 120
"""The most days of a table on a page: there is no room to show more of them."""


@dataclass(frozen=True)
class NumberTable:
    """The numbers of a chart.

    Attributes:
        kinds: what the numbers of each column are.
        days: the days of the rows in their order, counted from 1970-01-01.
        columns: the numbers of each kind by day; None where there is none.
    """

    kinds: Sequence[str]
    days: Sequence[int]
    columns: Sequence[Sequence[Any]]


def make_number_table(rows: Records, kind: str) -> NumberTable:
    """Put the numbers of a day into one row.

    Args:
        rows: with `day` (`2026-09-02`) in its order, `value`, and `kind` where there are several.
        kind: what the numbers are where rows do not say it.
    """
    days = list(dict.fromkeys(row["day"] for row in rows))
    by_kind: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_kind.setdefault(row.get("kind", kind), {})[row["day"]] = row["value"]
    return NumberTable(
        kinds=list(by_kind),
        days=np.array(days, dtype="datetime64[D]").astype(int).tolist(),
        columns=[[values.get(day) for day in days] for values in by_kind.values()],
    )


def first_kind(table: NumberTable, name: str) -> NumberTable:
    """The first column alone, under a name of its own, on the days that have a number of it."""
    column = table.columns[0]
    known = [place for place, value in enumerate(column) if value is not None]
    days = [table.days[place] for place in known]
    return NumberTable([name], days, [[column[place] for place in known]])


def thin_days(table: NumberTable) -> NumberTable:
    """At most `MOST_DAYS` days at equal distances, the last day among them."""
    step = -(-len(table.days) // MOST_DAYS) or 1
    columns = [column[::-step][::-1] for column in table.columns]
    return NumberTable(table.kinds, table.days[::-step][::-1], columns)


def write_rows(table: NumberTable) -> str:
    """The rows as HTML: a template takes five times as long for so many of them."""
    cell = '<td class="number">{}</td>'.format
    days = np.datetime_as_string(np.array(table.days, dtype="datetime64[D]")).tolist()
    cells = [[cell("" if v is None else v) for v in column] for column in table.columns]
    rows = zip(days, *cells, strict=True)
    return "\n".join(f"<tr><td>{day}</td>{''.join(texts)}</tr>" for day, *texts in rows)
