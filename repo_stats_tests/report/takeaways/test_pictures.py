"""Pictures of lines: their axes, their texts, and where their points are."""

import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest

from repo_stats.report.number_tables import make_number_table
from repo_stats.report.takeaways.pictures import HEIGHT, WIDTH, draw_pictures, find_ticks
from repo_stats.warehouse.frames import Records

SVG = "{http://www.w3.org/2000/svg}"

TITLE = "a/b & <c>: stars"


def days(count: int, start: int, step: int, **more: str) -> Records:
    first = date(2026, 1, 1)
    return [
        {"day": str(first + timedelta(days=n)), "value": start + n * step, **more}
        for n in range(count)
    ]


def draw(rows: Records, *, from_zero: bool = False) -> ET.Element:
    pictures = draw_pictures(TITLE, make_number_table(rows, "stars"), from_zero=from_zero)
    assert list(pictures) == ["", "-dark"]
    return ET.fromstring(pictures[""])  # noqa: S314 - it is our own


def texts(picture: ET.Element) -> list[str]:
    return [str(text.text) for text in picture.iter(f"{SVG}text")]


def points(picture: ET.Element) -> list[list[tuple[float, float]]]:
    return [
        [
            (float(x), float(y))
            for x, y in (point.split(",") for point in line.get("points", "").split())
        ]
        for line in picture.iter(f"{SVG}polyline")
    ]


def test_a_picture_has_its_title_round_numbers_and_days() -> None:
    picture = draw(days(31, 9_000, 100))
    assert texts(picture) == [
        TITLE,
        *("9,000", "10,000", "11,000", "12,000"),
        *("1 Jan 2026", "16 Jan 2026", "31 Jan 2026"),
    ]
    [title] = picture.iter(f"{SVG}title")
    assert title.text == f"{TITLE}: stars from 9,000 on 2026-01-01 to 12,000 on 2026-01-31"


def test_a_line_reaches_from_the_first_day_to_the_last_and_from_tick_to_tick() -> None:
    [line] = points(draw(days(31, 9_000, 100)))
    assert len(line) == 31
    assert (line[0], line[-1]) == ((52.0, HEIGHT - 28), (WIDTH - 14, 44.0))
    assert line == sorted(line)


def test_a_long_time_has_months_and_large_numbers_are_short() -> None:
    assert texts(draw(days(200, 900_000, 2_000)))[1:] == [
        *("900k", "1M", "1.1M", "1.2M", "1.3M"),
        *("Jan 2026", "Apr 2026", "Jul 2026"),
    ]


def test_lines_of_several_kinds_have_a_legend_and_their_own_colours() -> None:
    rows = days(3, 5, 1, kind="issues") + days(3, 2, 0, kind="pull requests")
    picture = draw(rows, from_zero=True)
    assert texts(picture)[1:3] == ["issues", "pull requests"]
    lines = list(picture.iter(f"{SVG}polyline"))
    assert len({line.get("stroke") for line in lines}) == len(lines) == 2
    assert "0" in texts(picture)


def test_two_themes_differ_in_their_texts_only() -> None:
    light, dark = draw_pictures(
        TITLE, make_number_table(days(3, 1, 1), "stars"), from_zero=False
    ).values()
    assert light != dark
    assert light.replace(b"#1d2330", b"#e6e8ed").replace(b"#5c6474", b"#a2aab8") == dark


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 0, [0, 1]),
        (5, 5, [5, 6]),
        (0, 3, [0, 1, 2, 3]),
        (1_234, 1_240, [1_234, 1_236, 1_238, 1_240]),
        (0, 591, [0, 200, 400, 600]),
        (9_001, 12_159, [9_000, 10_000, 11_000, 12_000, 13_000]),
        (0, 1_000_000, [0, 500_000, 1_000_000]),
        (7, 100_001, [0, 50_000, 100_000, 150_000]),
    ],
)
def test_ticks_are_round_and_few_and_enclose_the_numbers(
    low: int, high: int, ticks: list[int]
) -> None:
    assert find_ticks(low, high) == ticks
