"""What the pages say: which charts they show, what stands in place of others, and the formats."""

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest

from repo_stats.report.charts import HELD, SEEN
from repo_stats.report.data import RepositoryReport
from repo_stats.report.number_tables import make_number_table
from repo_stats.report.numbers import RepositoryNumbers
from repo_stats.report.pages import (
    make_numbers,
)
from repo_stats.report.removal import is_own
from repo_stats.warehouse.frames import Records
from repo_stats_tests.report.page_parts import page_of, sections, texts
from repo_stats_tests.report.reports import NUMBERS, ONE_DAY, REPORT, TWO_DAYS, of_kinds

MISSING = {
    "How are the stars growing?": "A chart of the stars appears here when GitHub has told the days "
    "on which they were given, or else from the second day of "
    "refreshes.",
    "Is the backlog growing?": "A chart of the backlog appears here from the second day of "
    "refreshes.",
    "How old are the open items?": "Nothing is open.",
    "Who opened the most open items?": "Nothing is open.",
    "Are more items closed than opened?": "Set history: true in the watchlist to see how many "
    "items open and close each week.",
    "How long does closing take?": "Set history: true in the watchlist to see how long closing "
    "takes.",
    "What becomes of pull requests?": "Set history: true in the watchlist to see how many pull "
    "requests are merged.",
    "How long does merging take?": "Set history: true in the watchlist to see how long merging "
    "takes.",
    "On how few people does it depend?": "Set history: true in the watchlist to see how few people "
    "half of a year came from.",
    "Which open issues are wanted most?": "No open issue has a reaction.",
    "Which open issues wait for an answer?": "No open issue is without a comment.",
}

MEANINGS = {
    "stars": "Stars that are still held, by the day on which they were given; and the stars that "
    "the last refresh of each day (UTC) has seen.",
    "backlog": "Open issues and pull requests at the end of each day (UTC).",
    "ages": "Open issues and pull requests by age.",
    "flow": "Issues and pull requests opened and closed in each complete week.",
    "closing": "The days from opening to closing within which half, and nine of ten, of the items "
    "closed in each complete month were closed.",
    "outcomes": "Pull requests merged, and closed without a merge, in each complete week.",
    "merging": "The days from opening to merging within which half of the pull requests merged in "
    "each complete month were merged.",
}


BACKLOG: Records = [
    {"day": "2026-09-01", "kind": "issues", "value": 5},
    {"day": "2026-09-02", "kind": "issues", "value": 7},
    {"day": "2026-09-02", "kind": "pull requests", "value": 1},
]


def test_a_page_says_when_its_data_is_from_and_leads_back_to_the_first_page() -> None:
    page = page_of(replace(REPORT, stale="since yesterday: It is gone."))
    assert "2026-11-23 12:00 UTC</time>, proved to be exact." in page
    assert '<p class="stale">Stale since yesterday: It is gone.</p>' in page
    assert '<a href="../index.html">All repositories</a>' in page
    assert "<p>It &lt;i&gt;is&lt;/i&gt;.</p>" in page


def test_a_chart_is_shown_as_soon_as_its_numbers_make_a_line_or_a_bar() -> None:
    lines = ["stars", "backlog", "flow", "closing", "outcomes", "merging"]
    assert list(make_numbers(REPORT).lines) == lines
    assert make_numbers(REPORT).lines["backlog"] == make_number_table(TWO_DAYS, "backlog")
    for name in lines:
        changes: dict[str, Any] = {name: ONE_DAY}
        without = make_numbers(replace(REPORT, **changes)).lines
        assert list(without) == [other for other in lines if other != name]
    assert make_numbers(RepositoryReport("a/b", NUMBERS)) == RepositoryNumbers("a/b", {}, {})
    ages = make_numbers(REPORT).ages
    assert ages == {"under a week": [1, 0], "over 3 years": [0, 2]}


def test_a_page_without_any_chart_says_under_each_question_what_is_missing() -> None:
    page = page_of(RepositoryReport("a/b", NUMBERS))
    shown = {question: texts(part) for question, part in sections(page).items()}
    del shown["Show it elsewhere"]
    assert shown == {question: [text] for question, text in MISSING.items()}


def test_a_chart_whose_table_cannot_be_read_says_why() -> None:
    unreadable = {"stars": "The history is damaged."}
    page = page_of(RepositoryReport("a/b", NUMBERS, unreadable=unreadable))
    assert [texts(part) for part in sections(page).values()][:2] == [
        ["The history is damaged."],
        [MISSING["Is the backlog growing?"]],
    ]


def test_a_chart_is_shown_with_its_meaning_its_legend_and_its_numbers() -> None:
    page = page_of(replace(REPORT, backlog=BACKLOG))
    names = ("stars", "backlog", "ages", "authors", "flow", "closing", "outcomes", "merging")
    parts = dict(zip(names, sections(page).values(), strict=False))
    for name, meaning in MEANINGS.items():
        assert texts(parts[name])[:1] == [meaning]
    for name in make_numbers(REPORT).lines:
        assert parts[name].count(f'<figure class="chart" data-chart="{name}"') == 1
        assert parts[name].count("<tr>") == 1 + 2
    assert re.findall(r"<t[hd]\b[^>]*>([^<]*)<", parts["backlog"]) == [
        *("day", "issues", "pull requests"),
        *("2026-09-01", "5", ""),
        *("2026-09-02", "7", "1"),
    ]
    assert 'data-before="month of " data-unit="days"' in parts["closing"]
    assert "<figure" not in parts["ages"] + parts["authors"]
    legends = {
        name: re.findall(r'<span class="([^"]+)">([^<]+)</span>', part)
        for name, part in parts.items()
    }
    items = [("issues", "issues"), ("pull-requests", "pull requests")]
    assert legends == {
        "stars": [("given-and-still-held", "given and still held"), ("seen", "seen")],
        "backlog": items,
        "ages": items,
        "authors": [],
        "flow": [("opened", "opened"), ("closed", "closed")],
        "closing": [("half-of-them", "half of them"), ("nine-of-ten", "nine of ten")],
        "outcomes": [("merged", "merged"), ("closed-unmerged", "closed unmerged")],
        "merging": [("half-of-them", "half of them")],
    }


@pytest.mark.parametrize("kind", [HELD, SEEN])
def test_the_legend_of_the_stars_names_the_lines_that_there_are(kind: str) -> None:
    part = sections(page_of(replace(REPORT, stars=of_kinds(kind))))["How are the stars growing?"]
    assert re.findall(r'<span class="[^"]+">([^<]+)</span>', part) == [kind]


def test_numbers_are_grouped_rounded_and_missing_ones_are_a_dash() -> None:
    page = page_of(REPORT)
    tiles = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page)
    assert tiles == [
        ("Stars", "1,234,567"),
        ("Forks", "1,000"),
        ("Watchers", "-"),
        ("Open issues", "20"),
        ("Open pull requests", "11"),
        ("Open items per user", "1,234.57"),
        ("Open issues per user", "-"),
    ]
    assert "per distinct author; without bots 2.50</dd>" in page


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://github.com/a/b", True),
        ("http://ghe.example/a/b", True),
        ("javascript:alert(1)//http://", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_are_links(address: str | None, is_link: bool) -> None:
    page = page_of(replace(REPORT, numbers={**NUMBERS, "html_url": address}))
    assert (f'<h1><a href="{address}" rel="noreferrer">a/b</a></h1>' in page) is is_link
    assert ("<h1>a/b</h1>" in page) is not is_link


def test_a_page_allows_its_own_style_and_script_and_is_known_as_one_of_the_report() -> None:
    page = page_of(REPORT)
    for element, others in (("style", ""), ("script", "'self' ")):
        [text] = re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src {others}'sha256-{digest}'" in page
        assert len(text) > 500
    assert is_own("b.html", page)
    assert not is_own("b.html", page.replace('content="repo_stats"', 'content="another"'))
    assert '<meta name="generator" content="repo_stats">' in page
