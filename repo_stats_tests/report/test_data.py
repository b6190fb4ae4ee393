"""What is read for a page: also where tables are missing, damaged or stale."""

import re
from pathlib import Path

import pytest

from repo_stats.report.data import NothingStoredError, read_leaderboard, read_report
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import join_frames, to_frame
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES_PER_USER,
    LEADERBOARD,
    OPEN_ISSUES,
    RELEASE_DOWNLOADS,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
)
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.report_data import fill_warehouse
from repo_stats_tests.helpers.rows import NOW, metadata, statistics
from repo_stats_tests.helpers.stored import row_of
from repo_stats_tests.report.page_parts import page_of

SHOWN_TABLES = (
    *(REPO_METADATA, REPO_STATISTICS, REPO_HISTORY, OPEN_ISSUES, ISSUES_PER_USER),
    *(ISSUE_BACKLOG, ISSUE_TRENDS, CONTRIBUTOR_CONCENTRATION, STAR_DAYS),
    *(TRAFFIC_DAYS, TRAFFIC_REFERRERS, TRAFFIC_PATHS, RELEASE_DOWNLOADS),
)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """A warehouse with the statistics of one repository, and nothing else."""
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_STATISTICS, "a/b", statistics(stars=7))
    return tables


def damage(tables: Tables, *names: str) -> None:
    for name in names:
        tables.files.write(f"{name}/a/b.parquet", b"damaged")


def test_of_a_repository_with_statistics_alone_all_else_is_empty(tables: Tables) -> None:
    report = read_report(tables, "a/b", None, NOW)
    assert (report.repo, report.numbers["stars"], report.stale) == ("a/b", 7, None)
    assert report.leaderboard == dict.fromkeys(LEADERBOARD.names)
    assert (report.numbers["html_url"], report.numbers["description"]) == (None, None)
    assert {row["value"] for row in report.ages} == {0}
    for part in ("stars", "backlog", "authors", "flow", "closing", "oldest", "unreadable"):
        assert not getattr(report, part), part
    assert read_leaderboard(tables) == {}


def test_a_page_has_the_description_and_the_place_of_its_repository(tables: Tables) -> None:
    described = metadata("a/b", html_url="https://x", description="It is.")
    tables.write(REPO_METADATA, "a/b", described)
    ranked = [row_of(LEADERBOARD, repo=repo) for repo in ("a/b", "c/d")]
    tables.write(LEADERBOARD, None, to_frame(LEADERBOARD, ranked))
    places = read_leaderboard(tables)
    assert list(places) == ["a/b", "c/d"]
    report = read_report(tables, "a/b", places["a/b"], NOW)
    assert report.leaderboard == places["a/b"]
    assert report.numbers["html_url"] == "https://x"
    assert report.numbers["description"] == "It is."
    tables.write(REPO_METADATA, "a/b", join_frames(REPO_METADATA, [described] * 2))
    assert read_report(tables, "a/b", None, NOW).numbers["html_url"] is None


def test_a_repository_without_a_description_has_a_page_without_one(tables: Tables) -> None:
    tables.write(REPO_METADATA, "a/b", metadata("a/b", html_url="https://x"))
    report = read_report(tables, "a/b", None, NOW)
    assert report.numbers["description"] is None
    assert not re.search(r">(nan|None|NaT)<", page_of(report))


def test_a_stale_repository_says_since_when_and_why(tables: Tables) -> None:
    RefreshFailures(tables.files).record("a/b", "It is gone.", "run", NOW)
    assert read_report(tables, "a/b", None, NOW).stale == "since 2026-11-23 12:00 UTC: It is gone."


@pytest.mark.parametrize("rows", [None, 0, 2])
def test_a_repository_without_its_one_row_of_statistics_has_no_page(
    tables: Tables, rows: int | None
) -> None:
    if rows is None:
        tables.files.delete(tables.path(REPO_STATISTICS, "a/b"))
    else:
        frame = join_frames(REPO_STATISTICS, [statistics()] * rows)
        tables.write(REPO_STATISTICS, "a/b", frame)
    with pytest.raises(NothingStoredError, match=r"^it has not been refreshed yet\.$"):
        read_report(tables, "a/b", None, NOW)
    RefreshFailures(tables.files).record("a/b", "It is gone.", "run", NOW)
    with pytest.raises(NothingStoredError, match=r"^It is gone\.$"):
        read_report(tables, "a/b", None, NOW)


def test_each_chart_whose_table_is_damaged_is_named_with_the_reason(tables: Tables) -> None:
    damage(tables, "repo_history", "issue_backlog", "issue_trends", "repo_metadata")
    damage(tables, "contributor_concentration")
    unreadable = read_report(tables, "a/b", None, NOW).unreadable
    assert {
        chart: reason.partition("/a/b.parquet is damaged")[0].rpartition("/")[2]
        for chart, reason in unreadable.items()
    } == {
        "stars": "repo_history",
        "backlog": "issue_backlog",
        "flow": "issue_trends",
        "description": "repo_metadata",
        **dict.fromkeys(("closing", "outcomes", "merging"), "issue_trends"),
        "concentration": "contributor_concentration",
    }
    tables.files.delete("issue_trends/a/b.parquet")
    tables.files.delete("repo_history/a/b.parquet")
    damage(tables, "star_days")
    unreadable = read_report(tables, "a/b", None, NOW).unreadable
    assert "closing" not in unreadable
    assert "star_days/a/b.parquet is damaged" in unreadable["stars"]


@pytest.mark.parametrize("name", ["repo_statistics", "open_issues", "issues_per_user"])
def test_without_its_numbers_a_repository_has_no_page(tables: Tables, name: str) -> None:
    damage(tables, name)
    with pytest.raises(WarehouseError, match=f"{name}/a/b.parquet is damaged"):
        read_report(tables, "a/b", None, NOW)


def test_each_file_is_read_once_and_becomes_no_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = fill_warehouse(str(tmp_path), ["a/b"], days=9)
    read: list[str] = []
    whole = Files.read

    def count(files: Files, path: str) -> bytes | None:
        read.append(path.partition("/")[0])
        return whole(files, path)

    def refuse(_: object) -> None:
        raise AssertionError("A frame takes ten times as long as Arrow's table.")

    monkeypatch.setattr(Files, "read", count)
    monkeypatch.setattr("repo_stats.warehouse.tables.to_pandas", refuse)
    assert read_report(tables, "a/b", None, NOW).oldest
    assert sorted(read) == sorted(["problems", *(schema.name for schema in SHOWN_TABLES)])
