"""What is beside the first page, for others to take: its rows, its sums, and the feed of alerts."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from repo_stats.report.index_rows import SUMMED, IndexRow, sum_by_owner
from repo_stats.report.takeaways.feed import make_feed
from repo_stats.report.takeaways.number_files import from_rows, to_csv, to_json
from repo_stats.warehouse.schemas import ALERTS
from repo_stats.warehouse.tables import Tables

REPOSITORIES, OWNERS = "repositories", "owners"
"""The tables of the first page."""

_DRAWN = frozenset({"trend"})
"""What a row has for the eyes alone."""


def make_index_files(rows: Sequence[IndexRow]) -> dict[str, bytes]:
    """The tables of the first page, by the paths of their files in the report's folder.

    Args:
        rows: of the first page.
    """
    shown = {REPOSITORIES: [_describe(row) for row in rows], OWNERS: _sum_up(rows)}
    tables = {name: from_rows(each) for name, each in shown.items()}
    return {
        **{f"{name}.csv": to_csv(table) for name, table in tables.items()},
        "numbers.json": to_json(tables),
    }


def read_feed(tables: Tables) -> bytes:
    """The feed of the stored alerts.

    Raises:
        WarehouseError: they cannot be read.
    """
    alerts = tables.find_kept_rows(ALERTS, None)
    return make_feed([] if alerts is None else alerts.to_pylist())


def _describe(row: IndexRow) -> dict[str, Any]:
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
