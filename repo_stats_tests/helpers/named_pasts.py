"""Histories and stars with borders that a test can name."""

from datetime import timedelta

import pandas as pd

from repo_stats_tests.helpers.rows import NOW, stars_given, statistics

DAY = timedelta(days=1)


def ahead(*days: int) -> pd.DataFrame:
    """A history with a row for each of some days after `NOW`."""
    return pd.concat(
        statistics(snapshot_at=NOW + day * DAY, open_items=place) for place, day in enumerate(days)
    )


TAKEN_OVER = pd.concat([ahead(-40), ahead(-9).assign(repo_id=99, stars=7)])
"""The history of a name that belonged to two repositories."""


LONG_AGO, RECENT = (
    {"a/b": stars_given({ago: ago for ago in days})}
    for days in ((900, 31, 30), (30, 29, 8, 7, 6, 0))
)
"""Stars of a repository on some days before `NOW`, as many as the days are ago."""
