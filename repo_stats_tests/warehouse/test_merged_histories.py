"""Two histories of a repository become one, and say no more than they did before."""

import pandas as pd

from repo_stats.metrics.history import credible_rows
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.moves import Move
from repo_stats.warehouse.moving import move_stored
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, statistics

OLD, NEW = "acme/old", "acme/new"


def test_many_rows_of_a_clock_that_was_ahead_keep_their_order(files: Files) -> None:
    tables = Tables(files)
    ahead = [(90 + number * 7 % 40, number) for number in range(40)]
    past = [
        statistics(repo=OLD, snapshot_at=NOW + pd.Timedelta(days=day), stars=stars)
        for day, stars in (*ahead, (1, 40))
    ]
    tables.write(REPO_HISTORY, OLD, join_frames(REPO_HISTORY, past))
    earlier = statistics(repo=NEW, snapshot_at=NOW, stars=99)
    tables.write(REPO_HISTORY, NEW, earlier)
    move_stored(tables, Move(1, OLD, NEW))
    merged = tables.find_kept(REPO_HISTORY, NEW)
    assert merged is not None
    assert merged["stars"].tolist() == [99, *range(41)]


def test_rows_from_a_clock_that_was_ahead_are_told_apart_in_a_history_of_two_names(
    files: Files,
) -> None:
    """The stars are the days on which the rows were added."""
    tables = Tables(files)
    days = {OLD: ((4, 1), (2, 2), (6, 6), (9, 9)), NEW: ((3, 3), (99, 4), (5, 5), (8, 8))}
    for repo, rows in days.items():
        past = [
            statistics(repo=repo, snapshot_at=NOW + pd.Timedelta(days=day), stars=stars)
            for day, stars in rows
        ]
        tables.write(REPO_HISTORY, repo, join_frames(REPO_HISTORY, past))
    move_stored(tables, Move(1, OLD, NEW))
    merged = tables.find_kept(REPO_HISTORY, NEW)
    assert merged is not None
    assert merged["stars"].tolist() == [1, 2, 3, 4, 5, 6, 8, 9]
    later = NOW + pd.Timedelta(days=100)
    assert credible_rows(merged, later)["stars"].tolist() == [2, 3, 5, 6, 8, 9]
