"""The first page on all widths, in light and dark, without scripts, and with thousands of rows."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from repo_stats.report.index_page import make_index
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.report_data import SCRIPT
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.report.in_browser.many_rows import COUNT, make_rows, name_of, names
from repo_stats_tests.report.in_browser.visitor import NO_SCRIPTS, Visitor
from repo_stats_tests.report.test_index_page import BARE, ROW

UNBROKEN = """
() => [...document.querySelectorAll("#repositories tbody th a, .bars th a")].every((link) =>
  [...link.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).every((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getClientRects().length === 1;
  }))
"""
"""Whether every part of a name, up to a sign that it may break after, is on one line."""

WIDE = """
() => [...document.querySelectorAll("#repositories tbody > tr > *")].filter((cell) => {
  const box = cell.getBoundingClientRect();
  return box.width && (box.left < 0 || box.right > document.documentElement.clientWidth);
}).length
"""
"""How many cells of the table are not all in sight."""


def test_the_headings_stay_in_sight(index: Path, browser: Visitor) -> None:
    browser.look_at(index)
    browser.page.locator("#repositories tbody tr").nth(45).scroll_into_view_if_needed()
    box = browser.page.locator("#repositories thead th").nth(3).bounding_box()
    assert box is not None
    assert box["y"] == pytest.approx(0, abs=1)


def test_nothing_is_cut_and_no_name_breaks_inside_a_word_on_any_width(
    index: Path, browser: Visitor
) -> None:
    browser.look_at(index)
    browser.leave()
    for width in (1920, 1280, 1200, 1024, 760, 390):
        browser.page.set_viewport_size({"width": width, "height": 800})
        assert browser.page.evaluate("document.documentElement.scrollWidth") <= width
        assert browser.page.evaluate(WIDE) == 0, width
        assert browser.page.evaluate(UNBROKEN), width


def test_on_a_phone_each_repository_is_a_card_with_its_labels(
    index: Path, browser: Visitor
) -> None:
    browser.open(index, width=390)
    rows = browser.page.locator("#repositories tbody tr")
    assert rows.count() == 20
    first, second = rows.nth(0).bounding_box(), rows.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert second["y"] >= first["y"] + first["height"]
    assert first["height"] < 420
    labels = (
        rows.nth(0)
        .locator("td[data-label]")
        .evaluate_all("all => all.map(c => getComputedStyle(c, '::before').content)")
    )
    assert '"Stars"' in labels
    assert not browser.page.locator("#repositories thead").is_visible()
    browser.page.get_by_label("Sort by").select_option("Issues")
    assert names(browser)[0] == name_of(129)
    browser.page.get_by_label("Order").select_option("Ascending")
    assert names(browser)[0] == name_of(0)


@pytest.mark.parametrize("width", [390, long(1280)])
def test_nothing_keeps_anybody_from_using_the_first_page(
    index: Path, browser: Visitor, width: int
) -> None:
    browser.open(index, width=width)
    browser.page.get_by_role("searchbox").fill("r-000")  # a few rows have all kinds of cells
    browser.page.get_by_role("checkbox").nth(2).check()
    browser.page.locator("summary").first.click()
    assert browser.find_barriers_in_both_schemes() == []
    assert browser.complaints == []
    assert browser.requests == [index.as_uri()]


def test_other_peoples_text_is_shown_and_never_run(tmp_path: Path, browser: Visitor) -> None:
    evil = replace(ROW, description=SCRIPT, topics=(SCRIPT,), language=f"<b>{SCRIPT}")
    path = tmp_path / "index.html"
    path.write_text(make_index([evil, BARE], {"x/y": SCRIPT}, (), NOW), encoding="utf-8")
    browser.open(path)
    assert browser.page.locator("#repositories").get_by_text(SCRIPT).count() == 3
    browser.page.get_by_role("searchbox").fill("<SCRIPT>")
    assert names(browser) == ["a/b"]
    assert browser.complaints == []


def test_without_scripts_all_repositories_are_links(index: Path, browser: Visitor) -> None:
    with browser.behave(NO_SCRIPTS):
        page = browser.page
        page.goto(index.as_uri())
        links = page.locator("noscript a, .plain a")
        assert links.count() == COUNT
        assert links.nth(0).get_attribute("href") == "alpha/r-0000.html"
        assert not page.locator("#choice").is_visible()
        assert page.locator(".owners").get_by_role("link", name="alpha").is_visible()


def test_thousands_of_rows_are_a_small_page_of_which_few_are_drawn(
    tmp_path: Path, browser: Visitor
) -> None:
    path = tmp_path / "index.html"
    text = make_index(list(make_rows(3000)), {}, (), NOW)
    path.write_text(text, encoding="utf-8")
    assert len(gzip.compress(text.encode())) < 400_000
    browser.open(path)
    assert browser.page.locator("#repositories tr").count() == 51
    assert browser.page.locator("#count").inner_text() == "3,000 repositories"
    browser.page.get_by_role("searchbox").fill("r-299")
    browser.page.get_by_role("searchbox").press_sequentially("9")
    assert names(browser) == ["beta/r-2999"]
