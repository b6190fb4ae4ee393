"""What a refresh prints of few repositories and of many; the run itself is left out."""

from datetime import timedelta
from pathlib import Path

import pytest

from repo_stats.cli import run_jobs
from repo_stats.cli.refreshing import MOST_PRINTED, refresh_and_print
from repo_stats.warehouse import stale
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, statistics


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path))
    return Files(str(tmp_path))


def refresh(
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    failed: int = 0,
    reason: str = "It is gone.",
) -> list[str]:
    """Refresh a number of repositories, the first of which fail; gives their names."""
    repos = [f"a/r{number}" for number in range(count)]
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(repos))

    def store(**_: object) -> None:
        for repo in repos[failed:]:
            Tables(files).write(REPO_STATISTICS, repo, statistics(repo=repo))
        for repo in repos[:failed]:
            RefreshFailures(files).record(repo, reason, "r1", NOW)

    monkeypatch.setattr(run_jobs, "refresh_watchlist", store)
    refresh_and_print(force=False)
    return repos


@pytest.mark.parametrize(
    ("count", "lines", "told"),
    [
        (1, 4, []),
        (MOST_PRINTED, 40, ["10 repositories: 10 new."]),
        (MOST_PRINTED + 1, 0, ["11 repositories: 11 new.", "All numbers: repo-stats show"]),
    ],
)
def test_four_lines_are_printed_of_each_repository_if_there_are_up_to_ten(
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    count: int,
    lines: int,
    told: list[str],
) -> None:
    refresh(files, monkeypatch, count)
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == lines
    assert printed.err.splitlines() == told


@pytest.mark.parametrize(("is_stored", "fate"), [(True, "is stale"), (False, "could not be read")])
def test_many_repositories_take_few_lines_even_if_many_fail(
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_stored: bool,
    fate: str,
) -> None:
    for number in range(20 if is_stored else 0):
        row = statistics(repo=f"a/r{number}", snapshot_at=NOW - timedelta(days=1))
        Tables(files).write(REPO_STATISTICS, f"a/r{number}", row)
    repos = refresh(files, monkeypatch, 40, failed=20)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "40 repositories: 20 new, 20 failed.",
        "All numbers: repo-stats show",
        *(f"{repo} {fate}: It is gone." for repo in repos[:10]),
        "... and 10 more could not be read.",
    ]


def test_a_reason_that_an_earlier_version_stored_is_made_safe_before_it_is_printed(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stale, "make_safe", str)
    refresh(files, monkeypatch, 2, failed=1, reason="\x1b[31mIt is gone.")
    assert "a/r0 could not be read:  [31mIt is gone." in capsys.readouterr().err
