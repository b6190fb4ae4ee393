"""What is beside the first page, for others to take: its rows, its sums, and the feed of alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from repo_stats.report.index_rows import SUMMED, IndexRow, sum_by_owner
from repo_stats.report.takeaways.feed import FEED, make_feed
from repo_stats.report.takeaways.number_files import make_number_files
from repo_stats.warehouse.schemas import ALERTS
from repo_stats.warehouse.tables import Tables

REPOSITORIES, OWNERS = "repositories", "owners"
"""The tables of the first page."""

_DRAWN = frozenset({"trend"})
"""What a row has for the eyes alone."""


def make_index_files(tables: Tables, rows: Sequence[IndexRow]) -> dict[str, bytes]:
    """The files, by their paths in the report's folder.

    Args:
        tables: the warehouse's tables.
        rows: of the first page.

    Raises:
        WarehouseError: the alerts cannot be read.
    """
    alerts = tables.find_kept_rows(ALERTS, None)
    feed = make_feed([] if alerts is None else alerts.to_pylist())
    shown = {REPOSITORIES: list(map(_describe, rows)), OWNERS: _sum_up(rows)}
    files = {
        f"{name}.{form}": content
        for name, each in shown.items()
        for form, content in make_number_files(each).items()
    }
    return {**files, FEED: feed}


def _describe(row: IndexRow) -> Mapping[str, Any]:
    names = (field.name for field in fields(row) if field.name not in _DRAWN)
    return {name: getattr(row, name) for name in names}


def _sum_up(rows: Sequence[IndexRow]) -> list[dict[str, Any]]:
    return [
        {
            "owner": total.name,
            "repositories": total.repositories,
            **{name: total.sums[name] for name in SUMMED},
            "oldest": total.oldest,
        }
        for total in sum_by_owner(rows)
    ]
