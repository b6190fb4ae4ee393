"""How the stars of a repository grow: how many were gained, and how many it had on each day.

Two tables tell of it. `repo_history` has what was seen: the counter at each refresh. `star_days`
has what is held now, by the day on which it was given: from the first star on, but without the
stars that users have taken back, and up to a day behind the counter.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from repo_stats.github.stars.sums import most_unlisted
from repo_stats.metrics.history import find_stars_before

GIVEN_COLUMNS = ("repo_id", "day", "stars")
"""The columns of `star_days` that growth and course are told from."""

DAILY = 731
"""The last days of a course, each of which has a point; before them, each Sunday has one."""

_FIRST_DAY = date(1970, 1, 1)

_SUNDAY = 3
"""The first Sunday, as days are counted from `_FIRST_DAY`."""


def find_growth_base(
    row: Mapping[Any, Any], history: pa.Table | None, given: pa.Table | None, days: int
) -> tuple[int | None, datetime | None]:
    """The stars that growth is counted from, and the `snapshot_at` from which on others are.

    What was seen comes first: its differences also count the stars that were taken back, and reach
    up to the last refresh. Where the history does not go back that far, they are the present stars
    without those that were given since and are still held.

    Args:
        row: of `repo_statistics`.
        history: rows of `repo_history` with at least `GROWTH_COLUMNS`, if there are any.
        given: rows of `star_days` with at least `GIVEN_COLUMNS`, if there are any.
        days: how long ago.

    Returns:
        The stars, None if neither table tells them; and the moment, None if there is none.
    """
    span, repo_id = timedelta(days=days), row["repo_id"]
    moment = row["snapshot_at"] - span
    stars, following = (None, None)
    if history is not None:
        stars, following = find_stars_before(history, repo_id, moment)
    changes = [] if following is None else [following]
    if stars is None and given is not None:
        since, next_day = _find_given_after(given, repo_id, moment.date())
        stars = None if since is None else row["stars"] - since
        changes += [] if next_day is None else [next_day]
    return stars, min(changes) + span if changes else None


def stars_growth(
    row: Mapping[Any, Any], history: pa.Table | None, given: pa.Table | None, days: int
) -> int | None:
    """How many stars were gained in the days before a row of `repo_statistics`.

    None if neither table tells it, see `find_growth_base`.
    """
    base, _ = find_growth_base(row, history, given, days)
    return None if base is None else int(row["stars"] - base)


def _find_given_after(
    given: pa.Table, repo_id: int, day: date
) -> tuple[int | None, datetime | None]:
    """The stars given after a day, and when the first day begins (UTC) that has some of them.

    The stars are None if no day of the repository is known.
    """
    days, stars = _of_repository(given, repo_id)
    if not len(days):
        return None, None
    place = int(np.searchsorted(days, _to_number(day), side="right"))
    first = _FIRST_DAY + timedelta(days=int(days[place])) if place < len(days) else None
    begin = None if first is None else datetime.combine(first, time(), timezone.utc)
    return int(stars[place:].sum()), begin


def trace_stars(
    given: pa.Table, row: Mapping[Any, Any], seen_on: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """How many of the stars that are held now a repository had at the end of each day.

    The last day has the counter of the last refresh. Stars of it that no day has are counted from
    the beginning, as far as they can be unlisted: any others were given after the days were read.

    Args:
        given: rows of `star_days` with at least `GIVEN_COLUMNS`.
        row: of `repo_statistics`.
        seen_on: days that have to be there, counted from 1970-01-01.

    Returns:
        The days, from the one before the first star on, each of the last `DAILY` and each Sunday
        before; and the stars. Both are empty if no day of the repository is known.
    """
    known, stars = _of_repository(given, row["repo_id"])
    if not len(known):
        return known, stars
    counter, sums = int(row["stars"]), np.concatenate([[0], np.cumsum(stars)])
    last = max(_to_number(row["snapshot_at"].date()), int(known[-1]))
    every = np.arange(known[0] - 1, last + 1)
    is_shown = (every > last - DAILY) | (every % 7 == _SUNDAY) | (every < known[0])
    days = np.union1d(every[is_shown], seen_on[seen_on <= last])
    unlisted = min(max(counter - int(sums[-1]), 0), most_unlisted(counter))
    course = unlisted + sums[np.searchsorted(known, days, side="right")]
    course[-1] = counter
    return days, course


def _of_repository(
    given: pa.Table, repo_id: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The days of a repository in their order, counted from 1970-01-01, and their stars."""
    is_own = given["repo_id"].to_numpy() == repo_id
    days = given["day"].cast(pa.int32()).to_numpy()[is_own].astype(np.int64)
    order = np.argsort(days)
    return days[order], given["stars"].to_numpy()[is_own][order]


def _to_number(day: date) -> int:
    return (day - _FIRST_DAY).days
