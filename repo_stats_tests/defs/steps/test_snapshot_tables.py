"""Which lists a step need not read any more, and from where it takes their rows."""

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.steps.snapshot_tables import FetchResult, index_pages
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageHead, PageKey
from repo_stats.simulator.changes import close_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import is_open
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run
from repo_stats_tests.helpers.github import API_URL, find_repository, simulators
from repo_stats_tests.helpers.pages import head

SHAPE = Shape("acme/rocket", 120, 9)

LISTED = ("repo_metadata", "open_issues")
"""The assets that are looked at, and what they are made from."""


def result_of(read: dict[PageKey, PageHead], stored: dict[PageKey, PageHead]) -> FetchResult:
    pages = [PageResult(key, Outcome.FETCHED, each) for key, each in read.items()]
    return FetchResult({}, pages, {"a/b": stored | read}, Usage(), {})


def test_the_index_has_the_latest_head_of_each_page_whichever_step_has_read_it(
    tmp_path: Path,
) -> None:
    one, two, three = (PageKey.numbered("a/b", number) for number in (1, 2, 3))
    old = {key: head(1, rows=1) for key in (one, two, three)}
    new = {key: head(1, rows=9) for key in (one, two)}
    results = [result_of({one: new[one]}, old), result_of({two: new[two]}, old)]
    index = index_pages(PageFolder(Files(str(tmp_path))), results)
    assert index.heads("a/b") == {**new, three: old[three]}


@pytest.fixture
def refreshed(
    first_run: Run, simulate: Callable[..., Simulator], settings_for: Callable[..., Settings]
) -> Settings:
    """A repository that was refreshed, with a title that only its table has."""
    simulate(SHAPE)
    settings = settings_for(SHAPE.full_name, REPO_STATS_MAX_AGE="0")
    assert first_run(settings, select=LISTED).success
    tables = Tables(Files(settings.warehouse))
    stored = tables.load(OPEN_ISSUES, SHAPE.full_name)
    rows = stored.rows.to_pandas().assign(title="of the table")
    tables.write(OPEN_ISSUES, SHAPE.full_name, rows, stored.scan)
    return settings


def titles(settings: Settings) -> set[str]:
    path = Path(settings.warehouse) / "open_issues" / f"{SHAPE.full_name}.parquet"
    return set(pd.Series(pq.read_table(path)["title"].to_pylist()))


def test_where_no_page_changed_the_rows_are_those_of_the_stored_table(
    refreshed: Settings, run: Run
) -> None:
    assert run(refreshed, select=LISTED).success
    assert titles(refreshed) == {"of the table"}


def test_a_forced_refresh_makes_all_rows_anew(refreshed: Settings, run: Run) -> None:
    assert run(refreshed, select=LISTED, force=True).success
    assert "of the table" not in titles(refreshed)


def test_a_page_that_changed_has_all_rows_made_anew(refreshed: Settings, run: Run) -> None:
    repository = find_repository(simulators[API_URL], SHAPE.full_name)
    first = next(filter(is_open, repository.issues))
    close_issue(repository, first["number"], time.time())
    assert run(refreshed, select=LISTED).success
    assert "of the table" not in titles(refreshed)
