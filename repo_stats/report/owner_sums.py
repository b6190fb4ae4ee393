"""The numbers of all repositories of an owner, added up day by day."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from repo_stats.report.number_tables import NumberTable


def sum_states(tables: Sequence[NumberTable]) -> NumberTable:
    """The sums of numbers that hold until the next one, as stars do.

    A day without a number has that of the day before. A repository counts from its first day on.

    Args:
        tables: one for each repository, with its days in their order.
    """
    return _sum(tables, is_kept=True)


def sum_events(tables: Sequence[NumberTable]) -> NumberTable:
    """The sums of numbers that belong to their day alone, as opened items do.

    Args:
        tables: one for each repository.
    """
    return _sum(tables, is_kept=False)


def sum_ages(ages: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, list[int]]:
    """The sums of the open issues and the open pull requests of each age group."""
    sums: dict[str, list[int]] = {}
    for groups in ages:
        for age, counts in groups.items():
            before = sums.get(age, [0] * len(counts))
            sums[age] = [one + other for one, other in zip(before, counts, strict=True)]
    return sums


def _sum(tables: Sequence[NumberTable], *, is_kept: bool) -> NumberTable:
    kinds = list(dict.fromkeys(kind for table in tables for kind in table.kinds))
    days = sorted({day for table in tables for day, _ in table.rows})
    sums = [[0] * len(kinds) for _ in days]
    for table in tables:
        columns = [kinds.index(kind) for kind in table.kinds]
        for row, values in zip(sums, _fill(table, days, is_kept=is_kept), strict=True):
            for column, value in zip(columns, values, strict=False):
                row[column] += value or 0
    return NumberTable(kinds, list(zip(days, sums, strict=True)))


def _fill(table: NumberTable, days: Sequence[str], *, is_kept: bool) -> Iterator[Sequence[Any]]:
    """The numbers of each day: none before the first of the table."""
    known = dict(table.rows)
    last: Sequence[Any] = ()
    for day in days:
        last = known.get(day, last if is_kept else ())
        yield last
