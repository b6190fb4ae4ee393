"""Reading a chart: by pointer, by touch and by keys, on every width and in every time zone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.report.in_browser.visitor import Visitor

ROCKET = Path("acme", "rocket.html")

INK = """
() => {
  const text = document.querySelector(".picture text:not([opacity='0'])");
  return getComputedStyle(text).fill;
}
"""
"""The colour of a chart's text."""


@pytest.fixture
def stars(rich: Path, browser: Visitor) -> Locator:
    """The chart of the stars on a page that nobody touched before."""
    browser.look_at(rich / ROCKET, charts=4)
    browser.touch()
    return browser.page.locator("figure.chart").first


@pytest.fixture
def left(rich: Path, browser: Visitor) -> Locator:
    """The same for a test that begins with a place of its own."""
    browser.go_on_with(rich / ROCKET, charts=4)
    return browser.page.locator("figure.chart").first


@pytest.fixture
def unread(rich: Path, browser: Visitor) -> Locator:
    """The same for a test that does not touch the page either."""
    browser.look_at(rich / ROCKET, charts=4)
    return browser.page.locator("figure.chart").first


def test_without_a_hand_a_chart_says_its_last_numbers_and_marks_nothing(unread: Locator) -> None:
    rows = unread.locator("xpath=..").locator("tbody tr").all_inner_texts()
    assert len(rows) > 100
    assert unread.locator(".reading").inner_text() == _as_read(_text_of_hidden(unread)[-1])
    assert not unread.locator(".mark").is_visible()


def _text_of_hidden(chart: Locator) -> list[str]:
    """The rows of the table below a chart, which is closed."""
    rows = chart.locator("xpath=..").locator("tbody tr")
    return [
        " ".join(cells)
        for cells in rows.evaluate_all("all => all.map(r => [...r.cells].map(c => c.textContent))")
    ]


def _as_read(row: str) -> str:
    """What is read of a row: its day, the stars that are held, and those that were seen."""
    day, held, seen = row.split()
    return f"{day}: given and still held {int(held):,}, seen {int(seen):,}"


def test_what_is_read_says_the_period_the_unit_and_every_kind(
    unread: Locator, browser: Visitor
) -> None:
    assert unread.is_visible()
    lines = browser.page.locator(".reading").all_inner_texts()
    assert [line.split(": ")[0] for line in lines] == [
        *("2026-09-02", "2026-09-02", "week of 2026-08-24", "month of 2026-08-01")
    ]
    assert [re.sub(r"\d[\d.,]*\d|\d", "#", line.split(": ")[1]) for line in lines] == [
        "given and still held #, seen #",
        "issues #, pull requests #",
        "opened #, closed #",
        "half of them # days, nine of ten # days",
    ]


def test_the_alternative_text_has_the_first_last_lowest_and_highest_numbers(
    unread: Locator,
) -> None:
    rows = [row.split() for row in _text_of_hidden(unread)]
    told = []
    for column, kind in enumerate(("given and still held", "seen"), start=1):
        numbers = [int(row[column]) for row in rows]
        told.append(
            f"{kind}: first {numbers[0]:,} ({rows[0][0]}), last {numbers[-1]:,} ({rows[-1][0]}), "
            f"lowest {min(numbers):,}, highest {max(numbers):,}."
        )
    label = unread.locator("[role=img]").get_attribute("aria-label")
    assert label == f"How are the stars growing? {' '.join(told)}"


def test_charts_follow_the_colours_that_the_reader_changes_to(
    unread: Locator, browser: Visitor
) -> None:
    assert unread.is_visible()
    light = browser.page.evaluate(INK)
    browser.page.emulate_media(color_scheme="dark")
    assert browser.page.evaluate(INK) != light


def test_keys_read_day_by_day_and_stop_at_both_ends(stars: Locator) -> None:
    rows = _text_of_hidden(stars)
    reader = stars.get_by_role("slider")
    reader.focus()
    last = len(rows) - 1
    for key, place in (
        ("ArrowRight", last),
        ("ArrowLeft", last - 1),
        ("PageDown", last - 11),
        ("PageUp", last - 1),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", last),
    ):
        reader.press(key)
        assert stars.locator(".reading").inner_text() == _as_read(rows[place]), key
        assert reader.get_attribute("aria-valuetext") == rows[place].split()[0]
        assert reader.get_attribute("aria-valuenow") == str(place)
    assert stars.locator(".mark").is_visible()


def test_a_pointer_reads_the_nearest_day(left: Locator) -> None:
    rows = _text_of_hidden(left)
    reader, line = left.locator(".reader"), left.locator("path.domain, .picture svg").first
    box, picture = reader.bounding_box(), line.bounding_box()
    assert box is not None
    assert picture is not None
    for share, expected in ((0.0, rows[0]), (0.5, None), (1.0, rows[-1])):
        reader.hover(position={"x": max(1, share * (box["width"] - 2)), "y": 50})
        said = left.locator(".reading").inner_text()
        if expected:
            assert said == _as_read(expected)
        else:
            place = [row.split()[0] for row in rows].index(said.split(":")[0])
            assert abs(place - len(rows) / 2) < len(rows) / 20
        mark = left.locator(".mark").bounding_box()
        assert mark is not None
        assert abs(mark["x"] - (box["x"] + share * box["width"])) < 60


def test_a_chart_follows_the_width_of_the_window_and_so_does_its_mark(
    left: Locator, browser: Visitor
) -> None:
    browser.leave()
    reader = left.get_by_role("slider")
    reader.press("Home")
    reader.press("End")
    browser.page.set_viewport_size({"width": 390, "height": 800})
    browser.page.wait_for_function(
        "() => document.querySelector('.picture svg').getBoundingClientRect().width < 390"
    )
    browser.page.wait_for_function(
        "() => document.querySelector('.mark').getBoundingClientRect().right < 390"
    )
    box, mark = left.locator("svg").first.bounding_box(), left.locator(".mark").bounding_box()
    assert box is not None
    assert mark is not None
    assert box["x"] + box["width"] - 40 < mark["x"] < box["x"] + box["width"]


OUTSIDE = """
() => [...document.querySelectorAll(".picture")].flatMap((picture) => {
  const frame = picture.closest("section").getBoundingClientRect();
  const texts = [...picture.querySelectorAll("text")].filter((text) => text.textContent);
  const boxes = texts.filter((text) => getComputedStyle(text).opacity !== "0"
    && text.getAttribute("opacity") !== "0").map((text) => [text.textContent,
    text.getBoundingClientRect()]);
  const cut = boxes.filter(([, box]) => box.left < frame.left || box.right > frame.right);
  const over = boxes.filter(([, one], place) => boxes.slice(place + 1).some(([, other]) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom
    && other.top < one.bottom));
  return [...cut, ...over].map(([text]) => text);
})
"""
"""The labels of charts that are cut off by their card, or lie over each other."""


@pytest.mark.parametrize("width", [1280, 320, long(390), long(768)])
def test_charts_fill_their_cards_and_their_labels_are_whole(
    rich: Path, browser: Visitor, width: int
) -> None:
    browser.look_at(rich / ROCKET, charts=4, width=width)
    assert browser.page.locator(".picture text").count() > 20
    assert browser.page.evaluate(OUTSIDE) == []
    for chart in browser.page.locator("figure.chart").all():
        section, picture = chart.locator("xpath=.."), chart.locator("svg").first
        frame, box = section.bounding_box(), picture.bounding_box()
        assert frame is not None
        assert box is not None
        assert box["width"] == pytest.approx(frame["width"] - 34, abs=1)
