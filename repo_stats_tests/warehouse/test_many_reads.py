"""Files of many repositories are read at once, each one once, and the index once for all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, current_thread, main_thread
from threading import enumerate as running_threads

import pytest

from repo_stats.cli.statistics_output import print_overview
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.counted_files import CountedFiles
from repo_stats_tests.helpers.linked import linked
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

REPOS = [f"a/r{number}" for number in range(20)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stored")
    tables = Tables(Files(str(root)))
    for repo in REPOS:
        past = statistics(repo=repo, snapshot_at=NOW - timedelta(days=60))
        tables.write(REPO_STATISTICS, repo, statistics(repo=repo))
        tables.write(REPO_HISTORY, repo, history_of(past, statistics(repo=repo)))
    return root


@pytest.fixture
def files(stored: Path, tmp_path: Path) -> Iterator[CountedFiles]:
    with linked(stored, tmp_path) as root:
        yield CountedFiles(str(root))


def test_results_come_in_the_order_given_and_a_damaged_file_is_left_out(
    files: CountedFiles,
) -> None:
    files.write("repo_statistics/a/r7.parquet", b"damaged")
    tables = Tables(files)
    repos = REPOS[::-1]
    found, errors = read_each(tables, repos, lambda r: tables.load(REPO_STATISTICS, r).rows)
    assert list(found) == [repo for repo in repos if repo != "a/r7"]
    assert [rows["repo"][0].as_py() for rows in found.values()] == list(found)
    assert list(errors) == ["a/r7"]
    assert errors["a/r7"].endswith("refresh a/r7 to write it again.")


def test_the_index_is_read_once_however_many_threads_ask_for_it(files: CountedFiles) -> None:
    tables = Tables(files)
    read_each(tables, REPOS, lambda repo: tables.load(REPO_STATISTICS, repo))
    assert files.read_paths.count("repo_states") == 1


def test_the_index_is_read_before_any_file(files: CountedFiles) -> None:
    found, _ = read_each(Tables(files), REPOS, lambda repo: files.read_paths.count("repo_states"))
    assert set(found.values()) == {1}


def test_eight_files_are_read_at_the_same_time(files: CountedFiles) -> None:
    all_wait = Barrier(8)

    def read(repo: str) -> str:
        all_wait.wait(timeout=10.0)
        return current_thread().name

    found, errors = read_each(Tables(files), REPOS[:16], read)
    assert (set(found.values()), errors) == ({f"read_{number}" for number in range(8)}, {})


@pytest.mark.parametrize(("count", "needs_threads"), [(1, False), (2, True)])
def test_a_single_file_needs_no_threads(
    files: CountedFiles, count: int, needs_threads: bool
) -> None:
    found, _ = read_each(Tables(files), REPOS[:count], lambda repo: current_thread())
    assert list(found) == REPOS[:count]
    assert (main_thread() not in found.values()) is needs_threads


def test_an_interrupted_read_leaves_the_others_unread(files: CountedFiles) -> None:
    def read(repo: str) -> None:
        read_repos.append(repo)
        raise KeyboardInterrupt

    read_repos: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        read_each(Tables(files), [f"a/r{number}" for number in range(10_000)], read)
    assert len(read_repos) < 10_000
    assert not [thread for thread in running_threads() if thread.name.startswith("read_")]


def test_the_overview_reads_two_files_of_each_long_known_repository_and_four_folders(
    files: CountedFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    print_overview(Tables(files), REPOS)
    assert "a/r19" in capsys.readouterr().out
    tables = files.read_tables
    assert len(tables) == len(set(tables)) == 2 * len(REPOS)
    others = [path for path in files.read_paths if not path.endswith(".parquet")]
    assert sorted(others) == ["problems", "repo_states", "repo_statistics", "repo_statistics/a"]
