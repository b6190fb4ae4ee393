"""The first page in a real browser: search, filters, order, cards on a phone, comparing."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from repo_stats.report.index_page import make_index
from repo_stats.report.index_rows import IndexRow
from repo_stats_tests.helpers.report_data import SCRIPT
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.report.in_browser.visitor import CONTRAST, Scheme, Visitor
from repo_stats_tests.report.test_index_page import BARE, ROW

COUNT = 130

LONG = "beta/a_name.with-many_parts_that_is-longer.than_any-card_on.a_phone-is_wide"

WORDS = "Keeps the numbers of repositories, and tells how they change from one day to the next."

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


def make_rows(count: int) -> Iterator[IndexRow]:
    languages = ("Python", "Go", "")
    for number in range(count):
        yield replace(
            ROW,
            repo=LONG if number == 1 else f"{('alpha', 'beta')[number % 2]}/r-{number:04d}",
            description=WORDS if number % 3 else "",
            topics=("workflow",) if number % 5 == 0 else (),
            language=languages[number % 3],
            is_archived=number % 10 == 4,
            is_exact=number != 7,
            rank=number + 1,
            stars=10 * (count - number),
            open_issues=number,
            open_pull_requests=1,
            growth_30=None if number % 4 else number,
            snapshot_at=NOW - timedelta(hours=number),
            stale="since yesterday: It is gone." if number in (2, 3) else None,
        )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.html"
    path.write_text(make_index(list(make_rows(COUNT)), {}, ["alpha"], NOW), encoding="utf-8")
    return path


def names(browser: Visitor) -> list[str]:
    return browser.page.locator("#repositories tbody th > a").all_inner_texts()


def total(browser: Visitor, name: str) -> str:
    return browser.page.locator(f"[data-total={name}]").inner_text()


def wait_for_address(browser: Visitor, text: str) -> None:
    """Wait until the address has a choice: it follows with a small delay."""
    browser.page.wait_for_function("text => location.hash === text", arg=text)


def test_the_repositories_with_the_most_stars_come_first_page_by_page(
    index: Path, browser: Visitor
) -> None:
    browser.open(index)
    assert names(browser) == ["alpha/r-0000", LONG, *(_name(n) for n in range(2, 50))]
    page, pager = browser.page, browser.page.locator("#pager")
    assert pager.locator("span").inner_text() == "1 to 50 of 130"
    assert pager.get_by_role("button", name="Previous").is_disabled()
    for _ in range(2):
        pager.get_by_role("button", name="Next").click()
    assert names(browser) == [_name(n) for n in range(100, 130)]
    assert pager.get_by_role("button", name="Next").is_disabled()
    wait_for_address(browser, "#page=3")
    page.reload()
    assert names(browser)[0] == "alpha/r-0100"
    assert browser.complaints == []


def _name(number: int) -> str:
    return f"{('alpha', 'beta')[number % 2]}/r-{number:04d}"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("R-012", [f"{('alpha', 'beta')[n % 2]}/r-{n:04d}" for n in range(120, 130)]),
        ("  beta PARTS ", [LONG]),
        ("workflow go 001", [_name(10)]),
        ("numbers python 009", [_name(n) for n in (90, 93, 96, 99) if n % 3]),
        ("nobody", []),
    ],
)
def test_a_search_narrows_the_rows_and_the_sums_as_one_types(
    index: Path, browser: Visitor, typed: str, found: list[str]
) -> None:
    browser.open(index)
    browser.page.get_by_role("searchbox").press_sequentially(typed)
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
    assert names(browser) == [_name(n) for n in expected]
    wait_for_address(browser, "#org=alpha&language=Python&archived=only")
    page.locator("[name=archived]").select_option("Hidden")
    assert set(names(browser)).isdisjoint(_name(n) for n in expected)
    assert {name.partition("/")[0] for name in names(browser)} == {"alpha"}
    page.goto(f"{index.as_uri()}#language=Go&org=nobody&sort=nothing&page=99")
    assert names(browser)[-1] == _name(127)
    assert len(names(browser)) == len([n for n in range(COUNT) if n % 3 == 1])
    assert browser.complaints == []


def test_a_heading_sorts_both_ways_and_what_is_missing_comes_last(
    index: Path, browser: Visitor
) -> None:
    browser.open(index)
    table = browser.page.locator("#repositories")
    assert table.locator("th[aria-sort]").get_attribute("data-key") == "stars"
    by_growth = table.get_by_role("button", name="30 days")
    by_growth.click()
    assert names(browser)[:3] == [_name(n) for n in (128, 124, 120)]
    assert table.locator("th[aria-sort=descending]").inner_text().startswith("30 days")
    by_growth.click()
    assert names(browser)[:2] == [_name(0), _name(4)]
    browser.page.get_by_role("button", name="Next").click()
    assert names(browser)[-1] != _name(128)
    table.get_by_role("button", name="Repository").click()
    assert names(browser)[:2] == [_name(0), _name(2)]
    wait_for_address(browser, "#sort=repo&order=up")
    browser.page.keyboard.press("Enter")  # the heading has the focus
    assert names(browser)[:2] == [_name(129), _name(127)]


def test_the_headings_stay_in_sight(index: Path, browser: Visitor) -> None:
    browser.open(index)
    browser.page.locator("#repositories tbody tr").nth(45).scroll_into_view_if_needed()
    box = browser.page.locator("#repositories thead th").nth(3).bounding_box()
    assert box is not None
    assert box["y"] == pytest.approx(0, abs=1)


def test_nothing_is_cut_and_no_name_breaks_inside_a_word_on_any_width(
    index: Path, browser: Visitor
) -> None:
    browser.open(index)
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
    assert names(browser)[0] == _name(129)
    browser.page.get_by_label("Order").select_option("Ascending")
    assert names(browser)[0] == _name(0)


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
    chosen = [_name(0), LONG, *(_name(n) for n in range(2, 6))]
    assert unquote(link) == f"compare.html#repos={','.join(chosen)}"
    assert "six at most" in bar.inner_text()
    bar.get_by_role("button", name="Clear").click()
    assert not bar.is_visible()
    assert boxes.nth(0).is_enabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_keeps_anybody_from_using_the_first_page(
    index: Path, browser: Visitor, scheme: Scheme, width: int
) -> None:
    browser.open(index, scheme, width)
    browser.page.get_by_role("searchbox").fill("r-000")  # a few rows have all kinds of cells
    browser.page.get_by_role("checkbox").nth(2).check()
    browser.page.locator("summary").first.click()
    assert browser.find_barriers() == []
    assert browser.page.evaluate(CONTRAST) >= 4.5
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
    owner = browser.page.context.browser
    assert owner is not None
    with owner.new_context(java_script_enabled=False) as context:
        page = context.new_page()
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
    browser.page.get_by_role("searchbox").press_sequentially("r-2999")
    assert names(browser) == ["beta/r-2999"]
