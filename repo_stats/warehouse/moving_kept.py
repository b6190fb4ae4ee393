"""Moving rows that cannot be fetched again to the new name of their repository.

If both names have rows, they become one table. The histories of numbers are merged in the order of
time. Of the other tables, two rows about the same thing become the one that has seen more.
"""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from repo_stats.warehouse.changes import replace_content
from repo_stats.warehouse.frames import join_frames, to_pandas
from repo_stats.warehouse.moves import Move
from repo_stats.warehouse.schemas import (
    RELEASE_DOWNLOADS,
    REPO_HISTORY,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
    TableSchema,
)
from repo_stats.warehouse.table_files import parse_kept
from repo_stats.warehouse.tables import Tables


def move_kept(tables: Tables, schema: TableSchema, move: Move) -> int:
    """Move a table's rows of the repository; those of others stay. Gives their number.

    Only one file is changed at a time, so that two moves cannot wait for each other. A row that
    another run adds to the old one meanwhile is moved as well.

    Raises:
        WarehouseError: a file cannot be read or written; move again later.
    """
    old, new = tables.path(schema, move.old), tables.path(schema, move.new)
    while True:
        content = tables.files.read(old)
        rows = parse_kept(schema, content, tables.files.uri(old))
        if content is None or rows is None:
            return 0
        stored = to_pandas(rows)
        is_own = stored["repo_id"] == move.repo_id
        own, others = stored[is_own].assign(repo=move.new), stored[~is_own]
        if len(own):
            tables.update(schema, move.new, partial(_merge, schema, move.new, rows=own))
        if tables.files.is_same_file(old, new):
            return len(own)
        left = tables.encode(schema, others) if len(others) else None
        if replace_content(tables.files, old, content, left):
            return len(own)


def _merge(
    schema: TableSchema, repo: str, stored: pd.DataFrame | None, rows: pd.DataFrame
) -> pd.DataFrame | None:
    """The rows of the new name with further ones; None if it has them all already."""
    if stored is None:
        return rows
    both = join_frames(schema, [stored.assign(repo=repo), rows])
    merged = _order_by_time(stored, rows, both) if schema is REPO_HISTORY else _ORDERS[schema](both)
    return None if merged.equals(stored) else merged


def _order_by_time(stored: pd.DataFrame, rows: pd.DataFrame, both: pd.DataFrame) -> pd.DataFrame:
    """Rows of two histories in the order of time.

    Rows of one history keep their order: a row that a clock that was ahead has given is known by
    the earlier time of a row after it.
    """
    places = pd.concat([_earliest_from_here(each) for each in (stored, rows)], ignore_index=True)
    return both.loc[places.sort_values(kind="stable").index].drop_duplicates()


def _earliest_from_here(history: pd.DataFrame) -> pd.Series:
    """For each row, the earliest time of this row and of those after it."""
    return history["snapshot_at"][::-1].cummin()[::-1]


def _choose(
    both: pd.DataFrame, day: str, about: tuple[str, ...], seen: tuple[str, ...]
) -> pd.DataFrame:
    """The rows by day, and one of those about the same: the one that has seen more.

    Args:
        both: the rows of both names.
        day: the column of their day.
        about: the columns that say what a row is about, beside repository and day.
        seen: the columns that say how much it has seen, the first one first.
    """
    chosen = both.sort_values(list(seen), kind="stable").drop_duplicates(
        ["repo_id", day, *about], keep="last"
    )
    return chosen.sort_index().sort_values(day, kind="stable").reset_index(drop=True)


_ORDERS: Mapping[TableSchema, Callable[[pd.DataFrame], pd.DataFrame]] = {
    TRAFFIC_DAYS: partial(
        _choose, day="day", about=(), seen=("is_final", "views", "clones", "agreeing")
    ),
    TRAFFIC_REFERRERS: partial(_choose, day="taken_on", about=("referrer",), seen=("views",)),
    TRAFFIC_PATHS: partial(_choose, day="taken_on", about=("path",), seen=("views",)),
    RELEASE_DOWNLOADS: partial(_choose, day="day", about=("asset_id",), seen=("downloads",)),
}
