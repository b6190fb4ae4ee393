"""What `repo-stats show` prints about trends."""

from pathlib import Path

import pytest

from repo_stats.cli.statistics_output import print_overview, print_repository
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import (
    STAR_DAYS,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.cli.kept import before, keep
from repo_stats_tests.helpers.rows import stars_given, statistics


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(Files(str(tmp_path / "warehouse")))


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """The printed lines, split at gaps of two blanks."""
    printed = capsys.readouterr().out.splitlines()
    assert max(map(len, printed)) <= 100
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


def test_before_the_history_is_long_enough_growth_is_what_was_given(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tables, statistics(repo="b/new", stars=2000))
    tables.write(STAR_DAYS, "b/new", stars_given({500: 1700, 29: 250, 6: 50}, "b/new"))
    keep(tables, before(8, repo="c/old", stars=9), statistics(repo="c/old", stars=7))
    tables.write(STAR_DAYS, "c/old", stars_given({20: 2, 3: 5}, "c/old"))
    print_overview(tables)
    print_repository(tables, "b/new", 5)
    print_repository(tables, "c/old", 5)
    printed = lines(capsys)
    growth = {line[0]: line[2] for line in printed if line[:1] in (["b/new"], ["c/old"])}
    assert growth == {"b/new": "▲50", "c/old": "▼2"}
    assert [line for line in printed if line[0:1] == ["Stars"] and len(line) == 4] == [
        ["Stars", "2,000", "+50 given", "+300 given"],
        ["Stars", "7", "9 (-2)", "+7 given"],
    ]
    assert [line for line in printed if line[0:1] == ["Forks"] and len(line) == 4] == [
        ["Forks", "1", "-", "-"],
        ["Forks", "1", "1 (+0)", "-"],
    ]


def test_damaged_days_of_stars_are_reported_next_to_the_numbers(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tables, statistics(stars=777))
    tables.files.write("star_days/a/b.parquet", b"damaged")
    print_overview(tables)
    print_repository(tables, "a/b", 5)
    printed = capsys.readouterr()
    assert printed.out.count("777") == 3
    assert printed.err.count("star_days/a/b.parquet is damaged") == 2


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
    printed = lines(capsys)
    assert ["Stars", "1"] in printed
    assert [line for line in printed if line[:1] == ["Trend"]] == []


def test_a_damaged_history_is_reported_next_to_the_numbers(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tables, before(8), statistics(stars=777))
    tables.files.write("repo_history/a/b.parquet", b"damaged")
    print_overview(tables)
    print_repository(tables, "a/b", 5)
    printed = capsys.readouterr()
    assert printed.out.count("777") == 2
    assert printed.err.count("repo_history/a/b.parquet is damaged, or of another version") == 2
    assert "Trend" not in printed.out


def overview_at(
    width: int, tables: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    print_overview(tables)
    return capsys.readouterr().out


def test_a_narrow_terminal_shows_fewer_columns_and_no_number_is_cut(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "an-organisation/a-rather-long-name"
    numbers = {"stars": 123_456, "open_issues": 54_321, "open_pull_requests": 9_876}
    keep(tables, before(8, repo=name, stars=122_000), statistics(repo=name, **numbers))
    outputs = {w: overview_at(w, tables, monkeypatch, capsys) for w in range(36, 141, 4)}
    assert [w for w, output in outputs.items() if max(map(len, output.splitlines())) > w] == []
    assert [w for w, output in outputs.items() if "…" in output] == []
    shown_from = {"123,456": 36, "54,321": 40, "▲1,456": 80, "9,876": 88}
    assert {text: [w for w in outputs if text in outputs[w]] for text in shown_from} == {
        text: [w for w in outputs if w >= least] for text, least in shown_from.items()
    }
    told = [w for w, output in outputs.items() if "Too narrow for" in output]
    assert told == [w for w in outputs if w <= 100]


def test_a_narrow_terminal_shows_a_repository_without_cutting_numbers(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    past = (before(40, stars=1_111_111), before(9, stars=2_222_222))
    keep(tables, *past, statistics(stars=3_333_333))
    print_repository(tables, "a/b", 5)
    output = capsys.readouterr().out
    assert "2,222,222 (+1,111,111)" in output
    assert "…" not in output
    assert max(map(len, output.splitlines())) <= 60


def test_lines_into_a_pipe_are_as_long_as_they_are(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS")
    name = f"an-organisation/{'a-long-name-' * 8}"
    keep(tables, before(8, repo=name), statistics(repo=name, stars=123_456, open_issues=54_321))
    print_overview(tables)
    [line] = [each for each in capsys.readouterr().out.splitlines() if name in each]
    assert "123,456" in line
    assert "54,321" in line
