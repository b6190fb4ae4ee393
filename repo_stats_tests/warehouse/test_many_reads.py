"""Files of many repositories are read at once, each one once, and the index once for all."""

from pathlib import Path

import pytest

from repo_stats.cli.statistics_output import print_overview
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.counted_files import CountedFiles
from repo_stats_tests.helpers.rows import statistics

REPOS = [f"a/r{number}" for number in range(20)]


@pytest.fixture
def files(tmp_path: Path) -> CountedFiles:
    files = CountedFiles(str(tmp_path))
    for repo in REPOS:
        for schema in (REPO_STATISTICS, REPO_HISTORY):
            Tables(files).write(schema, repo, statistics(repo=repo))
    files.read_paths.clear()
    return files


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


def test_an_interrupted_read_leaves_the_others_unread(files: CountedFiles) -> None:
    def read(repo: str) -> None:
        read_repos.append(repo)
        raise KeyboardInterrupt

    read_repos: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        read_each(Tables(files), [f"a/r{number}" for number in range(10_000)], read)
    assert len(read_repos) < 10_000


def test_the_overview_reads_two_files_of_each_repository_and_four_folders(
    files: CountedFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    print_overview(Tables(files), REPOS)
    assert "a/r19" in capsys.readouterr().out
    tables = files.read_tables
    assert len(tables) == len(set(tables)) == 2 * len(REPOS)
    others = [path for path in files.read_paths if not path.endswith(".parquet")]
    assert sorted(others) == ["problems", "repo_states", "repo_statistics", "repo_statistics/a"]
