"""Counters of release assets become rows: only what is new, never less than before."""

from datetime import date, timedelta

import pandas as pd
import pytest

from repo_stats.github.releases import Asset, ReleaseList
from repo_stats.metrics.downloads import append_downloads, find_listed
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats_tests.helpers.audience import REPO, Watch, releases
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
COLUMNS = ["asset", "downloads", "is_retired"]


def listed(day: int, **downloads: int) -> ReleaseList:
    """A list on a day with some assets, each named by the number in its keyword: `a7=3`."""
    numbers = {int(name[1:]): count for name, count in downloads.items()}
    assets = {n: Asset("v1", n, f"{n}.zip", count) for n, count in numbers.items()}
    return ReleaseList(TODAY + day * DAY, assets)


def append_all(*lists: ReleaseList, repo_id: int = 1) -> pd.DataFrame:
    rows: pd.DataFrame | None = None
    for each in lists:
        appended = append_downloads(rows, each, REPO, repo_id)
        assert appended.fallen == ()
        rows = rows if appended.rows is None else appended.rows
    assert rows is not None
    return rows


def brief(rows: pd.DataFrame) -> list[list[object]]:
    found = rows.assign(day=[(day - TODAY).days for day in rows["day"]])
    return list(found[["asset_id", "day", "downloads", "is_retired"]].values.tolist())


def test_a_row_is_added_only_where_a_counter_has_risen_or_an_asset_is_new() -> None:
    rows = append_all(listed(0, a1=5, a2=0), listed(1, a1=5, a2=0), listed(2, a1=9, a2=0, a3=1))
    assert brief(rows) == [[1, 0, 5, False], [2, 0, 0, False], [1, 2, 9, False], [3, 2, 1, False]]
    assert append_downloads(rows, listed(3, a1=9, a2=0, a3=1), REPO, 1).rows is None


def test_the_last_reading_of_a_day_counts() -> None:
    rows = append_all(listed(0, a1=5, a2=1), listed(0, a1=7, a2=1))
    assert brief(rows) == [[2, 0, 1, False], [1, 0, 7, False]]


def test_a_missing_asset_is_retired_once_and_may_come_back() -> None:
    rows = append_all(listed(0, a1=5, a2=1), listed(1, a2=1), listed(2, a2=1))
    assert brief(rows)[2:] == [[1, 1, 5, True]]
    assert find_listed(rows, 1) == {2}
    assert find_listed(None, 1) == set()
    back = append_downloads(rows, listed(3, a1=5, a2=1), REPO, 1).rows
    assert back is not None
    assert brief(back)[3:] == [[1, 3, 5, False]]


def test_a_falling_counter_is_told_and_not_stored_while_the_others_are() -> None:
    rows = append_all(listed(0, a1=5, a2=1))
    appended = append_downloads(rows, listed(1, a1=4, a2=3), REPO, 1)
    assert appended.fallen == (
        "The downloads of 1.zip (asset 1 of v1) of acme/rocket fell from 5 to 4, which no counter "
        "does; the lower count is not stored.",
    )
    assert appended.rows is not None
    assert brief(appended.rows)[2:] == [[2, 1, 3, False]]


def test_the_rows_of_another_repository_of_the_name_stay() -> None:
    others = append_downloads(None, listed(0, a1=50), REPO, 9).rows
    appended = append_downloads(others, listed(0, a1=5), REPO, 1)
    assert appended.fallen == ()
    assert appended.rows is not None
    assert appended.rows[["repo_id", "downloads"]].values.tolist() == [[9, 50], [1, 5]]


@pytest.mark.parametrize("gone", [MutationKind.REUPLOAD, MutationKind.DELETE_ASSET])
def test_an_asset_that_is_uploaded_again_is_another_one_that_begins_at_zero(
    simulate: Simulate, gone: MutationKind
) -> None:
    watch = Watch()
    simulator = simulate(Shape(REPO, 3, 2), clock=watch)
    repository = find_repository(simulator, REPO)
    rows = append_all(releases(simulator), repo_id=repository.id)
    assert len(rows) == 6
    for kind, index in ((MutationKind.DOWNLOAD, 0), (gone, 1)):
        change = Mutation(kind, after=1, repo=REPO, index=index)
        mutate(simulator.world, change, None, watch())
    again = releases(simulator, find_listed(rows, repository.id))
    longer = append_downloads(rows, again, REPO, repository.id).rows
    assert longer is not None
    names = [asset["name"] for release in repository.releases for asset in release["assets"]]
    replaced = rows["asset"].iloc[1]
    news = [[n, c, r] for n, c, r in longer[COLUMNS].values.tolist()[4:]]
    before = int(rows["downloads"].iloc[1])
    downloaded = [rows["asset"].iloc[0], int(rows["downloads"].iloc[0]) + 1, False]
    anew = [[replaced, 0, False]] if gone is MutationKind.REUPLOAD else []
    assert news == [downloaded, *anew, [replaced, before, True]]
    assert (replaced in names) == bool(anew)
