"""The pages in a real browser: charts are shown, tables sort, and no foreign code runs."""

from pathlib import Path

import pytest

from repo_stats.report.chart_script import chart_script_version
from repo_stats.report.publish import publish
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.report_data import NOW, SCRIPT, fill_warehouse
from repo_stats_tests.report.in_browser.conftest import REPOS
from repo_stats_tests.report.in_browser.visitor import (
    COLOUR_RULES,
    CONTRAST,
    NO_CHARTS,
    SCHEMES,
    Scheme,
    Visitor,
)

SCRIPT_FILE = "charts.js"

CHARTS = {"index.html": 0, "_owners/acme.html": 3, "acme/rocket.html": 4}

PAGES = [*CHARTS]


@pytest.fixture(scope="module", params=PAGES)
def shown(request: pytest.FixtureRequest) -> str:
    """A page of the report. Those who look at the same one do so one after the other."""
    path: str = request.param
    return path


@pytest.mark.parametrize("scheme", ["light", long("dark")])
def test_a_page_complains_of_nothing_and_sends_nothing(
    rich: Path, browser: Visitor, shown: str, scheme: Scheme
) -> None:
    if scheme == "light":
        browser.look_at(rich / shown, charts=CHARTS[shown])
    else:
        browser.open(rich / shown, scheme)
    assert browser.complaints == []
    charts = [f"{(rich / SCRIPT_FILE).as_uri()}?v={chart_script_version()}"]
    scripts = {
        "index.html": [],
        "acme/rocket.html": [(rich / "_times" / "acme.js").as_uri(), *charts],
        "_owners/acme.html": charts,
    }
    assert browser.requests == [(rich / shown).as_uri(), *scripts[shown]]


def test_every_text_stands_out_from_its_background(
    rich: Path, browser: Visitor, shown: str
) -> None:
    for scheme in SCHEMES:
        browser.look_at(rich / shown, scheme, CHARTS[shown])
        assert browser.page.evaluate(CONTRAST) >= 4.5, scheme


@pytest.mark.parametrize("shown", PAGES[1:], indirect=True)
def test_nothing_keeps_anybody_from_reading_a_page(
    rich: Path, browser: Visitor, shown: str
) -> None:
    browser.look_at(rich / shown, charts=CHARTS[shown])
    table = browser.page.locator("section summary").last  # of a short table
    table.click()
    without = [] if shown == "_owners/acme.html" else COLOUR_RULES[:1]  # on one page of all
    barriers = browser.find_barriers_in_both_schemes(without)
    table.click()
    assert barriers == []


@pytest.mark.long
def test_nobody_who_sees_little_misses_a_text(rich: Path, browser: Visitor, shown: str) -> None:
    for scheme in SCHEMES:
        browser.look_at(rich / shown, scheme, CHARTS[shown])
        assert browser.find_barriers(COLOUR_RULES) == [], scheme


@pytest.mark.parametrize("shown", ["_owners/acme.html"], indirect=True)
def test_a_table_sorts_its_numbers_by_value(rich: Path, browser: Visitor, shown: str) -> None:
    browser.look_at(rich / shown, charts=CHARTS[shown])
    browser.touch()

    def column(number: int) -> list[str]:
        return browser.page.locator(f".sortable tbody tr > :nth-child({number})").all_inner_texts()

    issues = [int(text) for text in column(4)]
    assert len(issues) == 2
    browser.page.get_by_role("button", name="Issues", exact=True).click()
    assert [int(text) for text in column(4)] == sorted(issues, reverse=True)
    browser.page.get_by_role("button", name="Issues", exact=True).click()
    assert [int(text) for text in column(4)] == sorted(issues)
    browser.page.get_by_role("button", name="Repository").click()
    assert column(1) == ["rocket", "tiny-tools"]


def test_all_charts_are_shown(rich: Path, browser: Visitor) -> None:
    browser.look_at(rich / "acme" / "rocket.html", charts=4)
    charts = browser.page.locator("figure.chart .picture svg")
    for place in range(4):
        box = charts.nth(place).bounding_box()
        assert box is not None
        assert box["width"] > 1000
        assert box["height"] > 180
        assert charts.nth(place).locator("path").count() > 3
    assert browser.page.locator("details table").count() == 4


def test_the_bars_of_the_busiest_authors_are_as_long_as_their_numbers_say(
    rich: Path, browser: Visitor
) -> None:
    browser.look_at(rich / "acme" / "rocket.html", charts=4)
    page = browser.page
    bars = page.locator("section:has-text('Who opened') table.bars tbody tr")
    assert bars.count() == 10
    numbers, lengths = [], []
    for place in range(10):
        numbers.append(int(bars.nth(place).locator("td.number").inner_text()))
        box = bars.nth(place).locator("rect").bounding_box()
        assert box is not None
        lengths.append(box["width"])
    assert numbers == sorted(numbers, reverse=True)
    expected = [lengths[0] * number / numbers[0] for number in numbers]
    assert lengths == pytest.approx(expected, abs=1)


def test_other_peoples_text_is_shown_and_never_run(rich: Path, browser: Visitor) -> None:
    browser.look_at(rich / "acme" / "rocket.html", charts=4)
    assert browser.page.get_by_role("link", name=SCRIPT).count() == 2  # old, and wanted
    assert browser.page.get_by_text(f"<b>{SCRIPT}</b>").count() > 1
    assert browser.page.get_by_text("It is <b>gone</b>.").count() == 1
    assert browser.page.locator("script").count() == 3
    assert browser.page.locator("a[href^='javascript:']").count() == 0
    table = browser.page.locator("summary").first
    table.click()
    table.click()
    assert browser.complaints == []


def test_the_pages_link_to_each_other(rich: Path, browser: Visitor) -> None:
    page = browser.page
    steps = (
        ("acme", "acme", "_owners/acme.html"),
        ("tiny-tools", "acme/tiny-tools", "acme/tiny-tools.html"),
        ("Compare", "Compare repositories", "compare.html#repos=acme/tiny-tools"),
        ("All repositories", "Repository statistics", "index.html"),
    )
    with browser.behave(NO_CHARTS):
        page.goto((rich / "index.html").as_uri())
        for link, heading, path in steps:
            page.get_by_role("link", name=link, exact=True).click()
            assert page.get_by_role("heading", level=1).inner_text() == heading
            assert page.url == f"{rich.as_uri()}/{path}"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(rich: Path, browser: Visitor, path: str) -> None:
    browser.look_at(rich / path, charts=CHARTS[path], width=390)
    width = browser.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_a_wide_table_keeps_its_first_column_and_says_that_there_is_more(
    rich: Path, browser: Visitor
) -> None:
    browser.look_at(rich / "acme" / "rocket.html", charts=4, width=390)
    browser.touch()
    table = browser.page.locator(".wide:has(.sortable)")
    more = table.locator("xpath=preceding-sibling::*[1]")
    first = table.locator("tbody th").first
    assert more.inner_text().startswith("More columns to the right")
    before = first.bounding_box()
    table.evaluate("place => { place.scrollLeft = 9999; }")
    more.wait_for(state="hidden")
    assert before is not None
    assert first.bounding_box() == before
    table.evaluate("place => { place.scrollLeft = 0; }")
    more.wait_for()
    browser.page.set_viewport_size({"width": 1280, "height": 800})
    more.wait_for(state="hidden")


def test_a_page_is_small(rich: Path) -> None:
    sizes = [page.stat().st_size for page in rich.rglob("*.html")]
    assert len(sizes) == len(REPOS) + 4
    assert max(sizes) < 200_000


def test_the_first_day_shows_what_is_stored(tmp_path: Path, browser: Visitor) -> None:
    tables = fill_warehouse(str(tmp_path), ["acme/rocket"], days=0)
    publish(tables.files, ["acme/rocket"], NOW)
    browser.open(tmp_path / "report" / "acme" / "rocket.html")
    assert browser.page.locator("figure.chart").count() == 1
    assert browser.page.locator("table.bars").count() == 2
    text = browser.page.locator("main").inner_text()
    assert "A chart of the backlog appears here from the second day of refreshes." in text
    assert browser.complaints == []
