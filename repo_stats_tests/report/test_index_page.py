"""The first page: its rows, its sums, and what it leaves out because nobody has it."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from repo_stats.report.index_page import COLUMNS, make_index
from repo_stats.report.index_rows import (
    IndexRow,
    comparison_rows,
    make_row,
    place_row,
    sum_by_owner,
    sum_up,
)
from repo_stats.warehouse.schemas import LEADERBOARD
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.report.reports import NUMBERS, REPORT, TWO_DAYS

OLD = datetime(2019, 3, 1, 4, 5, tzinfo=timezone.utc)

ROW = IndexRow(
    repo="a/b",
    description="It <i>is</i>.",
    topics=("one", "two"),
    language="Go",
    is_archived=False,
    is_exact=True,
    stars=1_234_567,
    forks=1000,
    open_issues=20,
    open_pull_requests=11,
    per_user=1.5,
    trend="0z",
    snapshot_at=NOW,
    rank=1,
    growth_7=1200,
    growth_30=-3,
    days_open=12.5,
    oldest=OLD,
)

PLACE: dict[str, Any] = dict.fromkeys(("rank", "growth_7", "growth_30", "days_open", "oldest"))
"""What `leaderboard` tells of a repository, if it does not tell anything."""

BARE = replace(
    replace(ROW, **PLACE),
    repo="c/d e",
    description="",
    language="",
    trend="",
    per_user=None,
    topics=(),
    stars=3,
)


def data_of(page: str) -> dict[str, list[Any]]:
    """The rows as the script of a page gets them, by column."""
    [text] = re.findall(r'<script type="application/json" id="rows">(.*?)</script>', page)
    found: dict[str, list[Any]] = json.loads(text)
    return found


def test_a_row_has_what_the_page_of_its_repository_shows() -> None:
    placed = {
        **dict.fromkeys(LEADERBOARD.names),
        "rank": 4,
        "stars_growth_7_days": 2,
        "stars_growth_30_days": -7,
        "median_days_open": 1.239,
        "oldest_created_at": OLD,
    }
    numbers = {**NUMBERS, "language": "Go", "is_archived": True}
    report = replace(REPORT, numbers=numbers, topics=("x",), leaderboard=placed, stale="since")
    row = make_row(report)
    assert row == IndexRow(
        repo="a/b",
        description="It <i>is</i>.",
        topics=("x",),
        language="Go",
        is_archived=True,
        is_exact=True,
        stars=1234567,
        forks=1000,
        open_issues=20,
        open_pull_requests=11,
        per_user=1234.57,
        trend="0z",
        snapshot_at=NUMBERS["snapshot_at"],
        rank=4,
        growth_7=2,
        growth_30=-7,
        days_open=1.24,
        oldest=OLD,
        stale="since",
    )
    assert [point["value"] for point in TWO_DAYS] == [1, 2]
    assert row.owner == "a"
    assert place_row(row, {}) == replace(row, **PLACE)
    bare = make_row(replace(REPORT, stars=[], numbers={**NUMBERS, "description": None}))
    assert (bare.description, bare.language, bare.trend, bare.is_archived) == ("", "", "", False)


def test_the_script_gets_each_column_as_a_list_and_times_in_seconds() -> None:
    data = data_of(make_index([ROW, BARE], {}, (), NOW))
    assert data["repo"] == ["a/b", "c/d e"]
    assert data["stars"] == [1_234_567, 3]
    assert data["oldest"] == [int(OLD.timestamp()), None]
    assert data["snapshot_at"] == [int(NOW.timestamp())] * 2
    assert data["topics"] == [["one", "two"], []]
    assert data["is_archived"] == [0, 0]
    assert data["description"] == ["It <i>is</i>.", ""]
    assert set(data) == {column.key for column in COLUMNS} | {
        *("description", "topics", "is_archived", "is_exact", "oldest")
    }


def test_a_column_that_nobody_has_a_value_in_takes_no_room() -> None:
    page = make_index([BARE], {}, (), NOW)
    heads = re.findall(r'data-key="(\w+)"', page)
    assert heads == [
        *("repo", "stars", "forks", "open_issues", "open_pull_requests", "snapshot_at")
    ]
    assert set(data_of(page)) >= set(heads)
    assert "stars gained in that time" not in page
    assert re.findall(r'data-key="(\w+)"', make_index([BARE, ROW], {}, (), NOW)) == [
        column.key for column in COLUMNS
    ]


def test_a_sum_that_no_owner_has_takes_no_room_either() -> None:
    def headings(*rows: IndexRow) -> list[str]:
        [table] = re.findall(
            r'<table class="sortable owners">(.*?)</table>',
            make_index(list(rows), {}, (), NOW),
            re.DOTALL,
        )
        found = re.findall(r"<button[^>]*>([^<]+)</button>", table)
        assert table.count("<td") == 2 * (len(found) - 1)
        return found

    few = ["Organisation", "Repositories", "Stars", "Issues", "Pull requests"]
    assert headings(BARE, replace(BARE, repo="e/f")) == few
    assert headings(BARE, ROW) == [*few[:3], "30 days", *few[3:], "Oldest issue"]


def test_other_peoples_text_cannot_end_the_element_of_the_rows() -> None:
    evil = replace(ROW, description="</script><script>alert(1)</script>")
    page = make_index([evil], {}, (), NOW)
    assert page.count("</script>") == 2
    assert data_of(page)["description"] == [evil.description]


def test_without_a_script_the_rows_are_links() -> None:
    page = make_index([ROW, BARE], {}, (), NOW)
    [plain] = re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL)
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a> ([^<]+)<', plain) == [
        ("a/b.html", "a/b", "1,234,567 stars, 20 open issues, 11 open pull requests"),
        ("c/d%20e.html", "c/d e", "3 stars, 20 open issues, 11 open pull requests"),
    ]


def test_the_sums_are_over_all_and_over_each_owner_and_skip_what_is_missing() -> None:
    own = replace(ROW, repo="a/c", stars=2, growth_30=5, oldest=OLD + timedelta(1))
    whole = sum_up([ROW, own, BARE])
    assert (whole.name, whole.repositories, whole.oldest) == ("", 3, OLD)
    assert whole.sums == {
        "stars": 1_234_572,
        "growth_7": 2400,
        "growth_30": 2,
        "open_issues": 60,
        "open_pull_requests": 33,
    }
    last = replace(ROW, repo="z/z", stars=4)
    by_owner = sum_by_owner([BARE, own, last, ROW])
    assert [(one.name, one.repositories, one.sums["stars"]) for one in by_owner] == [
        ("a", 2, 1_234_569),
        ("z", 1, 4),
        ("c", 1, 3),
    ]
    assert by_owner[2].sums["growth_30"] is None
    assert by_owner[2].oldest is None


def test_the_first_page_shows_the_sums_and_the_owners_with_their_pages() -> None:
    page = make_index([ROW, BARE], {}, ["a"], NOW)
    tiles = re.findall(r'<dt>([^<]+)</dt><dd data-total="(\w+)">([^<]+)</dd>', page)
    assert tiles == [
        ("Repositories", "repositories", "2"),
        ("Stars", "stars", "1,234,570"),
        ("Stars in 30 days", "growth_30", "-3"),
        ("Open issues", "open_issues", "40"),
        ("Open pull requests", "open_pull_requests", "22"),
        ("Oldest open issue", "oldest", "2019-03-01"),
    ]
    assert '<th scope="row"><a href="_owners/a.html">a</a></th>' in page
    assert '<th scope="row">c</th>' in page
    alone = make_index([BARE], {}, (), NOW)
    for absent in ("Organisations", 'name="org"', 'name="language"', 'name="archived"', "30 days"):
        assert absent not in alone
    assert 'name="archived"' in make_index([replace(BARE, is_archived=True)], {}, (), NOW)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_stale_and_missing_repositories_are_named_together(count: int) -> None:
    absent = {f"e/{number}": "It is <b>new</b>." for number in range(count)}
    page = make_index(
        [ROW, replace(BARE, stale="since yesterday.")][: 2 if count else 1], absent, (), NOW
    )
    found = re.findall(r'<p class="stale"><strong>([^<]+)</strong> (.*?)</p>', page)
    stale = [("c/d e", "has been stale since yesterday.")] if count else []
    assert found == stale + [
        (repo, "is left out: It is &lt;b&gt;new&lt;/b&gt;.") for repo in absent
    ]
    assert (f"{count + 1} repositories are stale or left out" in page) is (count > 0)


def test_the_busiest_repositories_are_compared_by_both_kinds_of_items() -> None:
    rows = [replace(ROW, repo=f"o/{n:02d}", open_issues=n, open_pull_requests=n) for n in range(25)]
    compared = comparison_rows(rows)
    assert compared[:2] == [
        {"name": "o/24", "kind": "issues", "value": 24},
        {"name": "o/24", "kind": "pull requests", "value": 24},
    ]
    assert [row["name"] for row in compared[::2]] == [f"o/{n:02d}" for n in range(24, 4, -1)]
    assert len(comparison_rows(rows, 3)) == 6
    bars = make_index(rows, {}, (), NOW)
    names = re.findall(r'<th scope="row"><a href="o/(\d+).html">o/<wbr>\d+</a></th><td><svg', bars)
    assert names == [f"{n:02d}" for n in range(24, 4, -1)]
