"""The page of an owner: its sums, its repositories, and what it leaves out."""

import json
import re
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from repo_stats.report.addresses import numbers_path, owner_path, page_path
from repo_stats.report.compare_page import make_compare_page
from repo_stats.report.index_rows import IndexRow, group_by_owner, sum_by_owner
from repo_stats.report.made_pages import MadePages
from repo_stats.report.numbers import RepositoryNumbers
from repo_stats.report.owner_page import make_owner_page
from repo_stats.report.owner_pages import make_owner_pages
from repo_stats.report.times import make_times, times_path
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.report.page_parts import sections, table_of, texts

ROW = IndexRow(
    repo="acme/one",
    description="",
    topics=(),
    language="Go",
    is_archived=False,
    is_exact=True,
    stars=1500,
    forks=7,
    open_issues=20,
    open_pull_requests=11,
    per_user=1.5,
    trend="",
    snapshot_at=NOW,
    growth_30=30,
    oldest=datetime(2019, 3, 1, tzinfo=timezone.utc),
)

OTHER = replace(ROW, repo="acme/two", stars=3, growth_30=-4, oldest=None)

NUMBERS = [
    RepositoryNumbers(
        "acme/one",
        {
            "stars": table_of(["stars"], [("2026-09-01", [1499]), ("2026-09-02", [1500])]),
            "flow": table_of(
                ["opened", "closed"], [("2026-08-17", [1, 2]), ("2026-08-24", [3, 4])]
            ),
        },
        {"under a week": [1, 2]},
    ),
    RepositoryNumbers(
        "acme/two",
        {"stars": table_of(["stars"], [("2026-08-31", [2]), ("2026-09-02", [3])])},
        {"under a week": [10, 0]},
    ),
]


def cells(part: str) -> list[str]:
    """The texts of the cells of a table."""
    return re.findall(r"<t[hd]\b[^>]*>(?:<[^>]+>)?([^<]*)<", part)


def test_the_stars_are_those_held_and_where_they_are_not_known_those_seen() -> None:
    both = table_of(
        ["given and still held", "seen"],
        [("2026-08-30", [1, None]), ("2026-09-01", [4, 9]), ("2026-09-02", [5, None])],
    )
    seen = table_of(["seen"], [("2026-08-31", [20]), ("2026-09-02", [30])])
    numbers = [
        RepositoryNumbers(repo, {"stars": table}, {})
        for repo, table in (("acme/one", both), ("acme/two", seen))
    ]
    page = make_owner_page("acme", [ROW, OTHER], numbers)
    assert cells(sections(page)["How are the stars growing?"]) == [
        *("day", "stars", "2026-08-30", "1", "2026-08-31", "21", "2026-09-01", "24"),
        *("2026-09-02", "35"),
    ]


def test_the_page_shows_sums_by_day_by_week_and_by_age() -> None:
    page = make_owner_page("acme", [ROW, OTHER], NUMBERS)
    parts = sections(page)
    assert list(parts) == [
        "How are the stars growing?",
        "Is the backlog growing?",
        "How old are the open items?",
        "Are more items closed than opened?",
        "Its repositories",
    ]
    assert cells(parts["How are the stars growing?"]) == [
        *("day", "stars", "2026-08-31", "2", "2026-09-01", "1501", "2026-09-02", "1503")
    ]
    assert texts(parts["Is the backlog growing?"]) == [
        "A chart of the backlog appears here from the second day of refreshes."
    ]
    assert cells(parts["How old are the open items?"])[-4:] == ["under a week", "", "11", "2"]
    weeks = parts["Are more items closed than opened?"]
    assert cells(weeks)[-3:] == ["2026-08-24", "3", "4"]
    assert "Known for 1 of its 2 repositories." in texts(weeks)[0]
    assert re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page) == [
        ("Repositories", "2"),
        ("Stars", "1,503"),
        ("Stars in 30 days", "+26"),
        ("Open issues", "40"),
        ("Open pull requests", "22"),
        ("Oldest open issue", "2019-03-01"),
    ]


def test_the_page_lists_its_repositories_without_columns_that_nobody_has() -> None:
    page = make_owner_page("acme", [ROW, OTHER], [])
    assert cells(sections(page)["Its repositories"]) == [
        *("Repository", "Stars", "30 days", "Forks", "Issues", "Pull requests", "Oldest issue"),
        *("one", "1,500", "+30", "7", "20", "11", "2019-03-01"),
        *("two", "3", "-4", "7", "20", "11", ""),
    ]
    assert '<a href="../acme/one.html">one</a>' in page
    bare = [replace(row, growth_30=None, oldest=None) for row in (ROW, OTHER)]
    assert cells(sections(make_owner_page("acme", bare, []))["Its repositories"])[:5] == [
        *("Repository", "Stars", "Forks", "Issues", "Pull requests")
    ]


@pytest.mark.parametrize(
    ("count", "text", "compared"),
    [(2, "Compare them", 2), (6, "Compare them", 6), (7, "Compare the 6 with the most stars", 6)],
)
def test_the_page_leads_to_a_comparison_of_the_most_starred(
    count: int, text: str, compared: int
) -> None:
    rows = [replace(ROW, repo=f"acme/r{place}") for place in range(count)]
    names = ",".join(f"acme/r{place}" for place in range(compared))
    page = make_owner_page("acme", rows, [])
    assert f'<a href="../compare.html#repos={names}">{text}</a>' in page


def test_an_owner_in_several_spellings_is_one_owner(tmp_path: Path) -> None:
    written = replace(ROW, repo="ACME/zero", stars=9_000)
    rows = [written, ROW, OTHER]
    assert list(group_by_owner(rows)) == ["acme"]
    assert [(total.name, total.repositories) for total in sum_by_owner(rows)] == [("acme", 3)]
    made = {row.repo: MadePages("", row, {numbers_path(row.repo): ""}, 0) for row in rows}
    files = Files(str(tmp_path))
    assert list(make_owner_pages(files, rows, made, {}).made) == ["acme"]
    page = (files.read("report/_owners/acme.html") or b"").decode()
    assert '<a href="../ACME/zero.html">zero</a>' in page
    [(path, script)] = make_times(rows).items()
    assert path == times_path("ACME") == "_times/acme.js"
    assert {name for name in (b"ACME/zero", b"acme/one", b"acme/two") if name in script} == {
        *(b"ACME/zero", b"acme/one", b"acme/two")
    }


def test_no_two_files_of_a_report_have_the_same_path() -> None:
    repos = ["a/b", "a/b.js", "a/b.html", "a/index", "a/compare", "owners/a", "a/a", "index/a"]
    owners = {repo.partition("/")[0] for repo in repos}
    paths = ["index.html", "compare.html", "charts.js", *map(owner_path, owners)]
    paths += [path(repo) for repo in repos for path in (page_path, numbers_path)]
    assert len({path.lower() for path in paths}) == len(paths)


def test_the_page_that_compares_offers_all_repositories_by_name() -> None:
    page = make_compare_page(["b/x", "A/y", "a/<z>"])
    [names] = re.findall(r'<script type="application/json" id="names">(.*)</script>', page)
    assert json.loads(names) == ["a/<z>", "A/y", "b/x"]
    assert "<z>" not in page
    assert page.count("<section hidden data-compared=") == 5
