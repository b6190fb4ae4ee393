"""Two histories of a repository become one, and say no more than they did before."""

from datetime import date

import pandas as pd

from repo_stats.metrics.history import credible_rows
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames, to_frame
from repo_stats.warehouse.moves import Move
from repo_stats.warehouse.moving import move_stored
from repo_stats.warehouse.schemas import (
    RELEASE_DOWNLOADS,
    REPO_HISTORY,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, statistics
from repo_stats_tests.helpers.stored import row_of

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


def days(repo: str, *numbers: tuple[int, int, bool]) -> pd.DataFrame:
    """Rows of `traffic_days`: each with its day of November, its views, and whether it is final."""
    told = [
        row_of(TRAFFIC_DAYS, repo=repo, day=date(2026, 11, day), views=views, is_final=is_final)
        for day, views, is_final in numbers
    ]
    return to_frame(TRAFFIC_DAYS, told)


def test_of_two_rows_about_a_day_the_one_that_has_seen_more_stays(files: Files) -> None:
    tables = Tables(files)
    tables.write(TRAFFIC_DAYS, OLD, days(OLD, (1, 5, True), (2, 9, True), (3, 4, False)))
    tables.write(TRAFFIC_DAYS, NEW, days(NEW, (2, 3, False), (3, 8, False), (4, 1, False)))
    move_stored(tables, Move(1, OLD, NEW))
    merged = tables.find_kept(TRAFFIC_DAYS, NEW)
    assert merged is not None
    assert set(merged["repo"]) == {NEW}
    found = [(day.day, views) for day, views in zip(merged["day"], merged["views"], strict=True)]
    assert found == [(1, 5), (2, 9), (3, 8), (4, 1)]
    assert tables.find_kept(TRAFFIC_DAYS, OLD) is None


def test_sites_pages_and_downloads_of_two_names_become_one_table_without_doubles(
    files: Files,
) -> None:
    tables = Tables(files)
    for schema, about in (
        (TRAFFIC_REFERRERS, "referrer"),
        (TRAFFIC_PATHS, "path"),
        (RELEASE_DOWNLOADS, "asset_id"),
    ):
        day = "day" if schema is RELEASE_DOWNLOADS else "taken_on"
        count = "downloads" if schema is RELEASE_DOWNLOADS else "views"
        what = (1, 2) if schema is RELEASE_DOWNLOADS else ("x", "y")
        for repo, rows in ((OLD, ((1, 0, 5), (2, 0, 7))), (NEW, ((2, 0, 6), (2, 1, 1)))):
            told = [
                row_of(schema, repo=repo, **{day: date(2026, 11, d), about: what[w], count: n})
                for d, w, n in rows
            ]
            tables.write(schema, repo, to_frame(schema, told))
        move_stored(tables, Move(1, OLD, NEW))
        merged = tables.find_kept(schema, NEW)
        assert merged is not None
        assert merged[[about, count]].values.tolist() == [
            [what[0], 5],
            [what[1], 1],
            [what[0], 7],
        ]
