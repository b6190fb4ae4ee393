"""The standings of repositories: read from tables that changed, else moved along with a refresh."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from repo_stats.defs.steps.standings import find_standings
from repo_stats.metrics.leaderboard import rank_repositories
from repo_stats.metrics.standings import Standing
from repo_stats.warehouse.frames import to_records
from repo_stats.warehouse.schemas import (
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.states.repo_state import RepoState, StoredFile
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.counted_files import CountedFiles
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.linked import linked
from repo_stats_tests.helpers.rows import NOW, history_of, stars_given, statistics

REPOS = ["a/b", "c/d"]

DAY = timedelta(days=1)

LOG = logging.getLogger("standings")

TABLES = (REPO_STATISTICS, REPO_HISTORY, STAR_DAYS, OPEN_ISSUES)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose standings were found once."""
    root = tmp_path_factory.mktemp("found")
    tables = Tables(CountedFiles(str(root)))
    for repo in REPOS:
        days = ((40, 20), (10, 50), (5, 60), (0, 70))
        past = [statistics(repo=repo, snapshot_at=NOW - d * DAY, stars=stars) for d, stars in days]
        opened = [item(n, 1, repo=repo, created_at=NOW - n * DAY) for n in (1, 4, 9)]
        tables.write(REPO_STATISTICS, repo, past[-1])
        tables.write(REPO_HISTORY, repo, history_of(*past))
        tables.write(OPEN_ISSUES, repo, items(*opened))
        tables.write(STAR_DAYS, repo, stars_given({8: 30, 2: 4}, repo))
    find_standings(tables, REPOS, LOG)
    return root


@pytest.fixture
def root(found: Path, tmp_path: Path) -> Iterator[str]:
    with linked(found, tmp_path) as root:
        yield str(root)


def find_again(root: str, repos: list[str] = REPOS) -> tuple[dict[str, Standing], set[str]]:
    """The standings by repository, and the repositories whose tables were read for them."""
    files = CountedFiles(root)
    found = find_standings(Tables(files), repos, LOG)
    read = {path.partition("/")[2].removesuffix(".parquet") for path in files.read_tables}
    return {standing.repo: standing for standing in found}, read & {"a/b", "c/d"}


def refresh(root: str, moment: datetime, repo: str = "c/d") -> None:
    """Let a refresh find nothing new."""
    files = CountedFiles(root)
    revision = Tables(files).revision(REPO_STATISTICS, repo)
    assert revision is not None
    owner, name = repo.split("/")
    stamp = files.stamps(f"repo_statistics/{owner}")[f"{name}.parquet"]
    parts = {
        "repo_metadata": StoredFile("m", "-"),
        "open_issues": StoredFile("o", "-", made_of={"repo_metadata": "m"}),
        "issues_per_user": StoredFile("p", "-", made_of={"open_issues": "o"}),
        "repo_statistics": StoredFile(
            revision, stamp, made_of={"repo_metadata": "m", "issues_per_user": "p"}
        ),
    }
    state = RepoState(repo, 1, "u", moment, 0, "h", seen_at=moment, files=parts)
    StateIndex(files).update({repo: state})


def test_what_did_not_change_is_not_read_again(root: str) -> None:
    standings, read = find_again(root)
    assert read == set()
    [first, second] = to_records(rank_repositories(standings.values()))
    assert first | {"repo": "c/d"} == second
    assert (first["stars_growth_7_days"], first["stars_growth_30_days"]) == (20, 50)
    assert first["median_days_open"] == 4


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_repository_with_a_new_file_is_read_again(root: str, table: TableSchema) -> None:
    tables = Tables(CountedFiles(root))
    rows = tables.find_stored(table, "c/d")
    assert rows is not None
    tables.write(table, "c/d", rows)
    assert find_again(root)[1] == {"c/d"}
    assert find_again(root)[1] == set()


@pytest.mark.parametrize(
    ("later", "growth", "is_read"),
    [(timedelta(0), (20, 50), False), (1.9 * DAY, (20, 50), False), (2 * DAY, (10, 50), True)],
)
def test_a_later_refresh_moves_a_standing_until_growth_counts_from_another_row(
    root: str, later: timedelta, growth: tuple[int, int], *, is_read: bool
) -> None:
    refresh(root, NOW + later)
    standings, read = find_again(root)
    assert read == ({"c/d"} if is_read else set())
    row = to_records(rank_repositories([standings["c/d"]]))[0]
    assert row["snapshot_at"] == NOW + later
    assert row["median_days_open"] == pytest.approx(4 + later / DAY)
    assert (row["stars_growth_7_days"], row["stars_growth_30_days"]) == growth
    assert standings["a/b"].snapshot_at == NOW


def test_a_standing_never_moves_back(root: str) -> None:
    standing = find_again(root)[0]["a/b"]
    assert standing.move(NOW - DAY) is None
    assert standing.move(NOW + DAY) == replace(standing, snapshot_at=NOW + DAY)
    assert standing.holds_until == NOW + 2 * DAY


def test_an_issue_that_is_not_open_yet_is_counted_anew_each_time(root: str) -> None:
    tables = Tables(CountedFiles(root))
    tables.write(OPEN_ISSUES, "c/d", items(item(1, 1, repo="c/d", created_at=NOW + DAY)))
    standing = find_again(root)[0]["c/d"]
    assert (standing.median_days_open, standing.holds_until) == (0, NOW)


def test_days_of_stars_are_read_only_where_the_history_is_too_short(root: str) -> None:
    tables = Tables(CountedFiles(root))
    tables.write(REPO_HISTORY, "c/d", statistics(repo="c/d", stars=70))
    files = CountedFiles(root)
    find_standings(Tables(files), REPOS, LOG)
    assert files.read_tables.count("star_days/c/d.parquet") == 1
    tables.write(REPO_HISTORY, "a/b", tables.read(REPO_HISTORY, ["a/b"]))
    files = CountedFiles(root)
    found = find_standings(Tables(files), REPOS, LOG)
    assert sorted(files.read_tables) == sorted(
        f"{schema.name}/a/b.parquet" for schema in TABLES if schema is not STAR_DAYS
    )
    by_repo = {row["repo"]: row for row in to_records(rank_repositories(found))}
    growth = [by_repo["c/d"][f"stars_growth_{days}_days"] for days in (7, 30)]
    assert growth == [4, 34]


@pytest.mark.parametrize(
    ("later", "growth", "is_read"),
    [(4.4 * DAY, 4, False), (4.5 * DAY, 0, True)],
)
def test_a_standing_moves_until_a_day_of_stars_is_too_long_ago(
    root: str, later: timedelta, growth: int, *, is_read: bool
) -> None:
    tables = Tables(CountedFiles(root))
    tables.write(REPO_HISTORY, "c/d", statistics(repo="c/d", stars=70))
    tables.write(STAR_DAYS, "c/d", stars_given({900: 30, 2: 4}, "c/d"))
    find_again(root)
    refresh(root, NOW + later)
    standings, read = find_again(root)
    assert read == ({"c/d"} if is_read else set())
    assert standings["c/d"].stars_before[0] == 70 - growth


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_cannot_be_read_is_tried_again(
    root: str, table: TableSchema, caplog: pytest.LogCaptureFixture
) -> None:
    if table is STAR_DAYS:  # nothing is read of it where the history is long enough
        Tables(CountedFiles(root)).write(REPO_HISTORY, "c/d", statistics(repo="c/d", stars=70))
    CountedFiles(root).write(f"{table.name}/c/d.parquet", b"damaged")
    for count in (1, 2):
        standings, read = find_again(root)
        assert read == {"c/d"}
        assert set(standings) == ({"a/b"} if table is REPO_STATISTICS else set(REPOS))
        assert len([said for said in caplog.messages if "c/d.parquet is damaged" in said]) == count


@pytest.mark.parametrize("content", [b"", b"damaged", b"[]", b'{"a/b": ["x", {}]}'])
def test_lost_standings_only_cost_work(root: str, content: bytes) -> None:
    CountedFiles(root).write("made_of/leaderboard.json", content)
    assert find_again(root)[1] == set(REPOS)
    assert find_again(root)[1] == set()


def test_a_repository_that_is_no_longer_watched_has_no_standing(root: str) -> None:
    assert set(find_again(root, ["c/d"])[0]) == {"c/d"}
    assert find_again(root)[1] <= {"a/b"}
