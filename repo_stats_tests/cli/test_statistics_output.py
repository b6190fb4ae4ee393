"""What `repo-stats show` prints about trends."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest

from repo_stats.cli.statistics_output import print_overview, print_repository
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

SCAN = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(Files(str(tmp_path / "warehouse")))


def keep(tables: Tables, *rows: pd.DataFrame, with_history: bool = True) -> None:
    """Store a repository like its refreshes would."""
    repo = rows[-1]["repo"].item()
    tables.write(REPO_STATISTICS, repo, rows[-1])
    tables.write(ISSUES_PER_USER, repo, to_frame(ISSUES_PER_USER, []), SCAN)
    if with_history:
        tables.write(REPO_HISTORY, repo, history_of(*rows))


def before(days: int, **changes: object) -> pd.DataFrame:
    return statistics(snapshot_at=NOW - timedelta(days=days), **changes)


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """The printed lines, split at gaps of two blanks."""
    printed = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 100 for line in printed)
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in printed]


def test_the_overview_shows_the_growth_of_seven_days(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "an-organisation/a-rather-long-name"
    keep(tables, before(8, repo=name, stars=122_000), statistics(repo=name, stars=123_456))
    keep(tables, before(7, repo="b/fewer", stars=12), statistics(repo="b/fewer", stars=9))
    keep(tables, before(9, repo="c/same", stars=4), statistics(repo="c/same", stars=4))
    keep(tables, before(6, repo="d/young", stars=4), statistics(repo="d/young", stars=5))
    print_overview(tables)
    rows = {line[0]: line[1:3] for line in lines(capsys) if len(line) > 4}
    assert rows == {
        "Repository": ["Stars", "7 days"],
        name: ["123,456", "▲1,456"],
        "b/fewer": ["9", "▼3"],
        "c/same": ["4", "="],
        "d/young": ["5", "-"],
    }


def test_a_repository_is_shown_with_its_trend(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(
        tables,
        before(31, stars=1000, forks=7, open_items=50),
        before(10, stars=1500, forks=7, open_items=40),
        statistics(stars=2345, forks=6, open_items=45),
    )
    print_repository(tables, "a/b", 5)
    printed = lines(capsys)
    start = printed.index(["Trend", "Now", "7 days ago", "30 days ago"])
    assert printed[start + 2 : start + 5] == [
        ["Stars", "2,345", "1,500 (+845)", "1,000 (+1,345)"],
        ["Forks", "6", "7 (-1)", "7 (-1)"],
        ["Open items", "45", "40 (+5)", "50 (-5)"],
    ]


def test_a_trend_does_not_mix_two_repositories_of_one_name(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tables, before(40, stars=900), statistics(repo_id=2, stars=3))
    print_repository(tables, "a/b", 5)
    print_overview(tables)
    printed = lines(capsys)
    assert ["Stars", "3", "-", "-"] in printed
    assert [line[1:3] for line in printed if line[:1] == ["a/b"]] == [["3", "-"]]


def test_without_a_history_no_trends_are_printed(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tables, statistics(), with_history=False)
    print_overview(tables)
    headings = ["Repository", "Stars", "Forks", "Issues", "PRs", "Users", "Per user", "Age"]
    assert headings in lines(capsys)
    print_repository(tables, "a/b", 5)
    assert not any("Trend" in line for line in lines(capsys))


def test_a_damaged_history_is_reported_next_to_the_numbers(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tables, before(8), statistics(stars=777))
    tables.files.write("repo_history/a/b.parquet", b"damaged")
    print_overview(tables)
    print_repository(tables, "a/b", 5)
    printed = capsys.readouterr().out
    assert printed.count("777") == 2
    assert " ".join(printed.split()).count("is damaged, or of another version") == 2
    assert "Trend" not in printed


@pytest.mark.parametrize(("seconds", "age"), [(30, "0 min"), (-90, "1 min"), (365 * 86_400, "?")])
def test_an_age_is_never_negative_and_numbers_from_the_future_are_named(
    tables: Tables, capsys: pytest.CaptureFixture[str], seconds: int, age: str
) -> None:
    now = datetime.now(timezone.utc)
    moment = now + timedelta(seconds=seconds)
    keep(tables, statistics(snapshot_at=moment), with_history=False)
    print_overview(tables)
    printed = capsys.readouterr().out
    [row] = [line for line in printed.splitlines() if line.strip().startswith("a/b ")][:1]
    assert row.rstrip().endswith(f" {age}")
    told = f"a/b was stored at {moment:%Y-%m-%d %H:%M} UTC, later than this machine's clock"
    assert (told in " ".join(printed.split())) is (age == "?")
