"""The first page in a real browser: search, filters, order, pages, and what to compare."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from repo_stats.report.index_page import make_index
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.report.in_browser.many_rows import (
    COUNT,
    LONG,
    make_rows,
    name_of,
    names,
    total,
    wait_for_address,
)
from repo_stats_tests.report.in_browser.visitor import Visitor
from repo_stats_tests.report.test_index_page import ROW


def test_the_repositories_with_the_most_stars_come_first_page_by_page(
    index: Path, browser: Visitor
) -> None:
    browser.open(index)
    assert names(browser) == ["alpha/r-0000", LONG, *(name_of(n) for n in range(2, 50))]
    page, pager = browser.page, browser.page.locator("#pager")
    assert pager.locator("span").inner_text() == "1 to 50 of 130"
    assert pager.get_by_role("button", name="Previous").is_disabled()
    for _ in range(2):
        pager.get_by_role("button", name="Next").click()
    assert names(browser) == [name_of(n) for n in range(100, 130)]
    assert pager.get_by_role("button", name="Next").is_disabled()
    wait_for_address(browser, "#page=3")
    page.reload()
    assert names(browser)[0] == "alpha/r-0100"
    assert browser.complaints == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        long("R-012", [f"{('alpha', 'beta')[n % 2]}/r-{n:04d}" for n in range(120, 130)]),
        long("  beta PARTS ", [LONG]),
        long("workflow go 001", [name_of(10)]),
        ("numbers python 009", [name_of(n) for n in (90, 93, 96, 99) if n % 3]),
        ("nobody", []),
    ],
)
def test_a_search_narrows_the_rows_and_the_sums_as_one_types(
    index: Path, browser: Visitor, typed: str, found: list[str]
) -> None:
    browser.open(index)
    searched = browser.page.get_by_role("searchbox")
    searched.fill(typed[:-3])  # each key draws the rows anew
    searched.press_sequentially(typed[-3:])
    assert names(browser) == found
    assert total(browser, "repositories") == str(len(found))
    stars = {name: 10 * (COUNT - n) for n, name in _all_names().items()}
    expected = f"{sum(stars[name] for name in found):,}" if found else "-"
    assert total(browser, "stars") == expected
    assert browser.page.locator("#count").inner_text() == f"{len(found)} of 130 repositories"
    browser.page.wait_for_function("() => location.hash.startsWith('#q=')")
    browser.page.reload()
    assert names(browser) == found
    assert browser.page.get_by_role("searchbox").input_value() == typed


def _all_names() -> dict[int, str]:
    return {n: row.repo for n, row in enumerate(make_rows(COUNT))}


def test_filters_narrow_the_rows_and_are_in_the_address(index: Path, browser: Visitor) -> None:
    browser.open(index)
    page = browser.page
    page.locator("[name=org]").select_option("alpha")
    page.locator("[name=language]").select_option("Python")
    page.locator("[name=archived]").select_option("Alone")
    expected = [n for n in range(COUNT) if n % 2 == 0 and n % 3 == 0 and n % 10 == 4]
    assert names(browser) == [name_of(n) for n in expected]
    wait_for_address(browser, "#org=alpha&language=Python&archived=only")
    page.locator("[name=archived]").select_option("Hidden")
    assert set(names(browser)).isdisjoint(name_of(n) for n in expected)
    assert {name.partition("/")[0] for name in names(browser)} == {"alpha"}
    page.goto(f"{index.as_uri()}#language=Go&org=nobody&sort=nothing&page=99")
    assert names(browser)[-1] == name_of(127)
    assert len(names(browser)) == len([n for n in range(COUNT) if n % 3 == 1])
    assert browser.complaints == []


def test_an_owner_is_found_in_whatever_spelling_its_repositories_are_written(
    tmp_path: Path, browser: Visitor
) -> None:
    rows = [replace(ROW, repo=repo) for repo in ("ACME/b", "acme/c", "acme/d", "other/e")]
    (tmp_path / "index.html").write_text(make_index(rows, {}, (), NOW))
    browser.open(tmp_path / "index.html")
    organisation = browser.page.locator("[name=org]")
    assert organisation.locator("option").all_inner_texts() == ["All", "acme", "other"]
    organisation.select_option("acme")
    assert names(browser) == ["ACME/b", "acme/c", "acme/d"]
    assert browser.page.locator("#count").inner_text() == "3 of 4 repositories"


def test_one_repository_alone_is_counted_as_one(tmp_path: Path, browser: Visitor) -> None:
    (tmp_path / "index.html").write_text(make_index([ROW], {}, (), NOW))
    browser.open(tmp_path / "index.html")
    assert browser.page.locator("#count").inner_text() == "1 repository"
    assert browser.complaints == []


def test_a_heading_sorts_both_ways_and_what_is_missing_comes_last(
    index: Path, browser: Visitor
) -> None:
    browser.open(index)
    table = browser.page.locator("#repositories")
    assert table.locator("th[aria-sort]").get_attribute("data-key") == "stars"
    by_growth = table.get_by_role("button", name="30 days")
    by_growth.click()
    assert names(browser)[:3] == [name_of(n) for n in (128, 124, 120)]
    assert table.locator("th[aria-sort=descending]").inner_text().startswith("30 days")
    by_growth.click()
    assert names(browser)[:2] == [name_of(0), name_of(4)]
    browser.page.get_by_role("button", name="Next").click()
    assert names(browser)[-1] != name_of(128)
    table.get_by_role("button", name="Repository").click()
    assert names(browser)[:2] == [name_of(0), name_of(2)]
    wait_for_address(browser, "#sort=repo&order=up")
    browser.page.keyboard.press("Enter")  # the heading has the focus
    assert names(browser)[:2] == [name_of(129), name_of(127)]


def test_up_to_six_repositories_can_be_compared_whatever_is_shown(
    index: Path, browser: Visitor
) -> None:
    browser.open(index)
    bar, boxes = browser.page.locator("#compare"), browser.page.get_by_role("checkbox")
    assert not bar.is_visible()
    for place in range(6):
        boxes.nth(place).check()
    assert boxes.nth(6).is_disabled()
    browser.page.get_by_role("searchbox").fill("r-0099")
    expect(boxes).to_have_count(1)
    assert boxes.nth(0).is_disabled()
    link = bar.get_by_role("link", name="Compare").get_attribute("href")
    assert link is not None
    chosen = [name_of(0), LONG, *(name_of(n) for n in range(2, 6))]
    assert unquote(link) == f"compare.html#repos={','.join(chosen)}"
    assert "six at most" in bar.inner_text()
    bar.get_by_role("button", name="Clear").click()
    assert not bar.is_visible()
    assert boxes.nth(0).is_enabled()
