"""Charts of bars: how long their parts are, and which numbers stand beside them."""

import re
from dataclasses import replace

from repo_stats.warehouse.frames import Records
from repo_stats_tests.report.page_parts import page_of, sections, texts
from repo_stats_tests.report.reports import AGES, REPORT


def test_the_bars_of_authors_are_shares_of_the_longest_and_tell_bots_from_people() -> None:
    authors: Records = [
        {"user": "ann", "user_type": "User", "is_bot": False, "open_items": 30},
        {"user": "robot", "user_type": "Bot", "is_bot": None, "open_items": 10},
        {"user": "bors", "user_type": "User", "is_bot": True, "open_items": 5},
        {"user": "<b>", "user_type": "Mannequin", "is_bot": None, "open_items": 1},
    ]
    page = page_of(replace(REPORT, authors=authors))
    part = sections(page)["Who opened the most open items?"]
    bars = re.findall(
        r'row">([^<]+)</th>.*?<rect class="(\w+)" x="0.0" width="([\d.]+)".*?number">(\d+)<', part
    )
    assert bars == [
        ("ann", "people", "100.0", "30"),
        ("robot", "bots", "33.3", "10"),
        ("bors", "bots", "16.7", "5"),
        ("&lt;b&gt;", "people", "3.3", "1"),
    ]
    assert re.findall(r'<span class="([^"]+)">([^<]+)</span>', part) == [
        *(("people", "people"), ("bots", "bots"))
    ]
    assert texts(part)[:1] == ["Open issues and pull requests by author."]
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)<', part) == ["Author", "open items"]


def test_the_bars_of_ages_show_both_kinds_one_after_the_other() -> None:
    ages = [
        {"age": "under a week", "kind": "issues", "value": 6},
        {"age": "under a week", "kind": "pull requests", "value": 2},
        {"age": "over 3 years", "kind": "issues", "value": 0},
        {"age": "over 3 years", "kind": "pull requests", "value": 4},
    ]
    part = sections(page_of(replace(REPORT, ages=ages)))["How old are the open items?"]
    assert re.findall(r'<rect class="([\w-]+)" x="([\d.]+)" width="([\d.]+)"', part) == [
        ("issues", "0.0", "75.0"),
        ("pull-requests", "75.0", "25.0"),
        ("issues", "0.0", "0.0"),
        ("pull-requests", "0.0", "50.0"),
    ]
    assert re.findall(r"<t[hd][^>]*>([^<]+)<", part) == [
        *("Age", "issues", "pull requests"),
        *("under a week", "6", "2"),
        *("over 3 years", "0", "4"),
    ]
    nothing = page_of(replace(REPORT, ages=AGES))
    assert texts(sections(nothing)["How old are the open items?"]) == ["Nothing is open."]
