"""How the numbers changed over time: functions over rows of `repo_history`.

Rows are in the order in which they were added, and that is the order of their times. The exception
are rows that a refresh added while this machine's clock was ahead. They are kept, because a history
is never replaced, but nothing is computed from them: see `credible_rows`.

One name may have belonged to two repositories, one after the other: the history has the rows of
both. Functions that compare rows use those of one `repo_id` only.
"""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from repo_stats.clock import is_ahead
from repo_stats.warehouse.frames import (
    FrameOrArrow,
    join_frames,
    to_arrow,
    to_microseconds,
    to_pandas,
    whole_times,
)
from repo_stats.warehouse.schemas import REPO_HISTORY

LAST_MOMENT = datetime.max.replace(tzinfo=timezone.utc)
"""A moment that is later than any."""

GROWTH_COLUMNS = ("repo_id", "snapshot_at", "stars")
"""The columns of a history from which growth is told."""


def append_statistics(
    history: pd.DataFrame | None, row: pd.DataFrame, now: datetime
) -> pd.DataFrame | None:
    """The history with one more row, or None if the row adds nothing.

    A row is added if a number changed, or if the history has no row of that day (UTC) yet. A row
    whose `snapshot_at` is not later than that of the last credible row is never added, and neither
    is one from the future. After rows from the future the first one is always added: it shows for
    good that they are not credible.

    Args:
        history: rows of `repo_history` of a repository in their order; None if there are none.
        row: the row of `repo_statistics` of the same repository name.
        now: the present (UTC).
    """
    [new] = row.to_dict("records")
    if is_ahead(new["snapshot_at"], now):
        return None
    if history is None or history.empty:
        return join_frames(REPO_HISTORY, [row])
    last = history.tail(1).to_dict("records")[0]
    if not is_ahead(last["snapshot_at"], now, 0):
        before, moment = last["snapshot_at"], new["snapshot_at"]
        if moment <= before or (before.date() == moment.date() and _are_equal(last, new)):
            return None
    elif _holds_later(credible_rows(history, now), new["snapshot_at"]):
        return None
    return join_frames(REPO_HISTORY, [history, row])


def append_row(history: pa.Table | None, row: pa.Table, now: datetime) -> pa.Table | None:
    """The same as `append_statistics` with Arrow tables: quick for the first row of a day."""
    moment = row["snapshot_at"][0].as_py()
    if is_ahead(moment, now):
        return None
    if history is not None and len(history):
        before = history["snapshot_at"][-1].as_py()
        if not is_ahead(before, now, 0) and before >= moment:
            return None
        if not is_ahead(before, now, 0) and before.date() != moment.date():
            return pa.concat_tables([history, row])
    frame = None if history is None else to_pandas(history)
    longer = append_statistics(frame, to_pandas(row), now)
    return None if longer is None else to_arrow(REPO_HISTORY, longer)


def _holds_later(rows: pd.DataFrame, moment: datetime) -> bool:
    """Whether rows of a history reach up to a moment."""
    return bool((rows["snapshot_at"] >= moment).any())


def credible_rows(history: pd.DataFrame, until: datetime) -> pd.DataFrame:
    """The rows up to a moment, without those that were added while the clock was ahead.

    Such a row is later than a row that was added after it.

    Args:
        history: rows of `repo_history` of a repository in their order.
        until: the moment (UTC).
    """
    return history[_are_credible(whole_times(pa.chunked_array([history["snapshot_at"]])), until)]


def credible_table(history: pa.Table, until: datetime) -> pa.Table:
    """The same with an Arrow table, which needs only the columns that are wanted of it."""
    return history.filter(pa.array(_are_credible(whole_times(history["snapshot_at"]), until)))


def _are_credible(times: npt.NDArray[np.int64], until: datetime) -> npt.NDArray[np.bool_]:
    """Which rows are credible, by their times in their order."""
    earliest_from_here = np.minimum.accumulate(times[::-1])[::-1]
    are: npt.NDArray[np.bool_] = (times <= earliest_from_here) & (times <= to_microseconds(until))
    return are


def _are_equal(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    """Whether two rows are equal apart from `snapshot_at`; two missing numbers are equal."""
    pairs = ((one[name], other[name]) for name in REPO_HISTORY.names if name != "snapshot_at")
    return all(a == b or bool(pd.isna(a) and pd.isna(b)) for a, b in pairs)


def of_current_repository(history: pa.Table) -> pa.Table:
    """The rows of the repository that has the name now, which is that of the last row.

    Args:
        history: rows of `repo_history` or `issue_backlog`.
    """
    own = history["repo_id"].to_numpy()
    return history.filter(pa.array(own == own[-1])) if len(own) else history


def find_row_before(history: FrameOrArrow, repo_id: int, moment: datetime) -> dict[str, Any] | None:
    """The last row of a repository that is not later than a moment, or None if there is none."""
    rows = to_arrow(REPO_HISTORY, history)
    place = _find_place_before(rows, repo_id, moment)
    return None if place is None else rows.slice(place, 1).to_pylist()[0]


def find_stars_before(
    history: pa.Table, repo_id: int, moment: datetime
) -> tuple[int | None, datetime | None]:
    """The stars in the row that `find_row_before` finds, and the time of the row after it.

    Both are None where there is no such row. From that time on, another row is the last one.

    Args:
        history: rows of `repo_history` with at least `GROWTH_COLUMNS`.
        repo_id: of the repository.
        moment: the moment (UTC).
    """
    times = whole_times(history["snapshot_at"])
    are_own = _are_credible(times, LAST_MOMENT) & (history["repo_id"].to_numpy() == repo_id)
    (places,) = np.nonzero(are_own)
    count = int(np.searchsorted(times[places], to_microseconds(moment), side="right"))
    before = int(history["stars"][int(places[count - 1])].as_py()) if count else None
    is_last = count == len(places)
    return before, None if is_last else history["snapshot_at"][int(places[count])].as_py()


def _find_place_before(rows: pa.Table, repo_id: int, moment: datetime) -> int | None:
    """The place of the last credible row of a repository that is not later than a moment.

    The same rows are credible as in `credible_rows`. Ten thousand histories are looked at in a
    second.
    """
    is_of_repo = rows["repo_id"].to_numpy() == repo_id
    are_credible = _are_credible(whole_times(rows["snapshot_at"]), moment)
    (places,) = np.nonzero(is_of_repo & are_credible)
    return int(places[-1]) if places.size else None
