"""Comparing repositories: what is chosen is drawn, read, shared by the address, and accessible."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator

from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.report.in_browser.conftest import REPOS
from repo_stats_tests.report.in_browser.visitor import Visitor

COMPARE = "compare.html"

CHOOSE = """
(field, name) => { field.value = name; field.dispatchEvent(new Event("input")); }
"""
"""How a browser tells that an offered name was chosen."""

NARROW = """
() => [...document.querySelectorAll(".picture svg")]
  .every((chart) => chart.getBoundingClientRect().width < 390)
"""
"""Whether all charts have followed the width of a phone."""

QUESTIONS = [
    "Whose stars are growing?",
    "Whose backlog is growing?",
    "Where is most opened?",
    "Where is most closed?",
    "Where does closing take longest?",
]


def open_compared(browser: Visitor, rich: Path, choice: str) -> Locator:
    """Open the page with a choice in its address, and return its chart of stars."""
    browser.open(rich / COMPARE, fragment=choice)
    browser.wait_for_charts(5)
    return browser.page.locator("section").first


def test_without_a_choice_the_page_asks_for_one_and_loads_no_numbers(
    rich: Path, browser: Visitor
) -> None:
    browser.look_at(rich / COMPARE)
    assert browser.page.get_by_label("Repository").is_visible()
    assert not browser.page.locator("section").first.is_visible()
    assert len(browser.requests) == 2
    assert browser.complaints == []


def test_repositories_are_found_as_one_types_and_the_address_says_which(
    rich: Path, browser: Visitor
) -> None:
    browser.look_at(rich / COMPARE)
    browser.leave()
    page = browser.page
    options = page.locator("datalist option")
    assert [each.get_attribute("value") for each in options.all()] == REPOS
    page.get_by_label("Repository").press_sequentially("TOOLS ac")
    assert [each.get_attribute("value") for each in options.all()] == [REPOS[1]]
    page.get_by_label("Repository").evaluate(CHOOSE, REPOS[1])
    browser.wait_for_charts(5)
    assert page.url.endswith(f"#repos={REPOS[1]}")
    assert page.get_by_label("Repository").input_value() == ""
    page.get_by_label("Repository").fill(REPOS[0].upper())
    page.get_by_label("Repository").press("Enter")
    page.locator("#chosen li:nth-child(2)").wait_for()
    assert page.url.endswith(f"#repos={REPOS[1]},{REPOS[0]}")
    page.get_by_role("button", name=f"Remove {REPOS[1]}").click()
    page.locator("#chosen li:nth-child(2)").wait_for(state="detached")
    assert page.url.endswith(f"#repos={REPOS[0]}")
    page.go_back()
    page.locator("#chosen li:nth-child(2)").wait_for()
    assert browser.complaints == []


def test_a_name_that_is_typed_is_added_when_it_is_complete(rich: Path, browser: Visitor) -> None:
    browser.open(rich / COMPARE)
    field = browser.page.get_by_label("Repository")
    field.press_sequentially(REPOS[0])
    assert field.input_value() == REPOS[0]
    assert not browser.page.locator("#chosen li").is_visible()
    field.press("Enter")
    browser.page.locator("#chosen li").wait_for()
    field.fill("nobody/nothing")
    field.press("Enter")
    notice = browser.page.get_by_role("status")
    notice.get_by_text("nobody/nothing is not in this report.").wait_for()
    assert browser.page.locator("#chosen li").count() == 1


def test_an_address_that_somebody_shared_shows_the_same(rich: Path, browser: Visitor) -> None:
    browser.look_at(rich / COMPARE, charts=5, fragment=f"repos={','.join(REPOS)}")
    stars = browser.page.locator("section").first
    assert browser.page.locator("h2").all_inner_texts() == QUESTIONS
    assert stars.locator(".legend span").all_inner_texts() == REPOS
    assert browser.page.locator("#chosen a").all_inner_texts() == REPOS
    lines = browser.page.locator(".reading").all_inner_texts()
    assert [line.count(repo) for line in lines for repo in REPOS] == [1] * 15
    assert lines[0].startswith("2026-09-02: acme/rocket 7,1")
    assert lines[2].startswith("week of 2026-08-24: acme/rocket ")
    assert " days" in lines[4]
    assert stars.locator("path[stroke='#dd8338']").count() == 1
    assert browser.complaints == []


def test_comparing_is_open_to_everybody_and_fits_a_phone(rich: Path, browser: Visitor) -> None:
    browser.look_at(rich / COMPARE, charts=5, fragment=f"repos={','.join(REPOS)}")
    browser.leave()
    browser.page.set_viewport_size({"width": 390, "height": 800})
    browser.page.wait_for_function(NARROW)
    assert browser.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert browser.find_barriers_in_both_schemes() == []


def test_since_a_day_stars_and_backlogs_are_changes_from_that_day_on(
    rich: Path, browser: Visitor
) -> None:
    last = open_compared(browser, rich, f"repos={REPOS[0]}").locator(".reading").inner_text()
    browser.page.get_by_label("Since").fill("2026-03-01")
    browser.page.get_by_label("Since").press("Tab")
    browser.page.get_by_text("As a change since 2026-03-01.").first.wait_for()
    assert browser.page.url.endswith(f"#repos={REPOS[0]}&since=2026-03-01")
    browser.wait_for_charts(5)
    stars = browser.page.locator("section").first
    stars.get_by_role("slider").press("Home")
    assert stars.locator(".reading").inner_text() == f"2026-03-01: {REPOS[0]} 0"
    stars.get_by_role("slider").press("End")
    gained = int(stars.locator(".reading").inner_text().split()[-1].replace(",", ""))
    total = int(last.split()[-1].replace(",", ""))
    script = (rich / f"{REPOS[0]}.js").read_text()
    assert f",{total - gained}," in script
    weeks = browser.page.locator("section").nth(2)
    weeks.get_by_role("slider").press("Home")
    assert weeks.locator(".reading").inner_text().startswith("week of 2026-03-02: ")


@pytest.mark.parametrize(
    ("choice", "notice"),
    [
        long("repos=acme/rocket,x/y", "x/y is not in this report."),
        long("repos=acme/rocket,<b>x", "<b>x is not in this report."),
        ("repos=acme/rocket,<b>x,ACME/Rocket", "<b>x is not in this report."),
    ],
)
def test_what_cannot_be_compared_is_said(
    rich: Path, browser: Visitor, choice: str, notice: str
) -> None:
    open_compared(browser, rich, choice)
    assert browser.page.get_by_role("status").inner_text() == notice
    assert browser.page.locator("#chosen a").all_inner_texts() == ["acme/rocket"]


def test_numbers_that_are_lost_are_told_and_the_others_are_compared(
    rich: Path, browser: Visitor
) -> None:
    lost = rich / "acme" / "tiny-tools.js"
    content = lost.read_bytes()
    lost.unlink()
    try:
        stars = open_compared(browser, rich, "repos=acme/tiny-tools,acme/rocket")
    finally:
        lost.write_bytes(content)
    notice = browser.page.get_by_role("status").inner_text()
    assert notice == "The numbers of acme/tiny-tools are not in this report."
    assert browser.page.locator(".absent").first.inner_text() == (
        "Without numbers: acme/tiny-tools."
    )

    # The one that is left has the colour of the second, as its legend says.
    assert stars.locator("path[stroke='#4f86d9']").count() == 0
    assert stars.locator("path[stroke='#dd8338']").count() == 1


RESTLESS = """
() => new MutationObserver((_, observer) => {
  if (!document.querySelector(".plot")) return;
  observer.disconnect();
  location.hash = "repos=acme/tiny-tools";
}).observe(document.body, { childList: true, subtree: true })
"""
"""Makes another choice as soon as a chart begins to be drawn."""


def test_a_choice_that_is_changed_while_charts_are_drawn_leaves_the_last_one_alone(
    rich: Path, browser: Visitor
) -> None:
    browser.open(rich / COMPARE)
    page = browser.page
    page.evaluate(RESTLESS)
    page.evaluate("location.hash = 'repos=acme/rocket'")
    page.locator(".legend", has_text="acme/tiny-tools").nth(4).wait_for()
    browser.wait_for_charts(5)
    assert page.locator(".plot").count() == page.locator(".picture svg").count() == 5
    assert page.locator(".reading", has_text="acme/tiny-tools").count() == 5
    page.set_viewport_size({"width": 700, "height": 800})
    page.wait_for_function(
        "() => document.querySelector('.picture svg').getBoundingClientRect().width < 700"
    )
    assert browser.complaints == []
