"""The numbers of all repositories of an owner, added up day by day."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

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
    days = sorted({day for table in tables for day in table.days})
    sums: dict[str, npt.NDArray[np.int64]] = {}
    for table in tables:
        for kind, column in zip(table.kinds, table.columns, strict=True):
            known = sums.setdefault(kind, np.zeros(len(days), dtype=np.int64))
            known += _spread(table.days, column, days, is_kept=is_kept)
    return NumberTable(list(sums), days, [numbers.tolist() for numbers in sums.values()])


def _spread(
    known: Sequence[int], column: Sequence[Any], days: Sequence[int], *, is_kept: bool
) -> npt.NDArray[np.int64]:
    """The numbers of a column on more days: zero before its first day, and where it has none."""
    values = np.array([0, *(value or 0 for value in column)], dtype=np.int64)
    places = np.searchsorted(known, days, side="right")
    if is_kept:
        return values[places]
    return np.where(np.isin(days, known), values[places], 0)
