"""Pictures of lines: their axes, their texts, and where their points are."""

import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest

from repo_stats.report.number_tables import make_number_table
from repo_stats.report.takeaways.pictures import HEIGHT, WIDTH, draw_pictures, find_ticks
from repo_stats.warehouse.frames import Records

SVG = "{http://www.w3.org/2000/svg}"

TITLE = "a/b & <c>: stars"

GOLD = [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 240" role="img" '
    'font-family="system-ui, sans-serif" font-size="12" fill="#5c6474">',
    "<title>a/b: issues from 5 on 2026-01-01 to 7 on 2026-01-03; pull requests from 12 on "
    "2026-01-01 to 13 on 2026-01-02</title>",
    '<text x="52" y="20" font-size="15" fill="#1d2330">a/b</text>',
    '<rect x="52" y="29" width="10" height="10" rx="2" fill="#4f86d9"/>',
    '<text x="67" y="38">issues</text>',
    '<rect x="134" y="29" width="10" height="10" rx="2" fill="#4a9d6f"/>',
    '<text x="149" y="38">pull requests</text>',
    '<line x1="52" x2="626" y1="212.0" y2="212.0" stroke="#5c6474" '
    'stroke-opacity="0.25"/><text x="44" y="216.0" text-anchor="end">0</text>',
    '<line x1="52" x2="626" y1="156.0" y2="156.0" stroke="#5c6474" '
    'stroke-opacity="0.25"/><text x="44" y="160.0" text-anchor="end">5</text>',
    '<line x1="52" x2="626" y1="100.0" y2="100.0" stroke="#5c6474" '
    'stroke-opacity="0.25"/><text x="44" y="104.0" text-anchor="end">10</text>',
    '<line x1="52" x2="626" y1="44.0" y2="44.0" stroke="#5c6474" '
    'stroke-opacity="0.25"/><text x="44" y="48.0" text-anchor="end">15</text>',
    '<text x="52.0" y="232" text-anchor="start">1 Jan 2026</text>',
    '<text x="626.0" y="232" text-anchor="end">3 Jan 2026</text>',
    '<polyline points="52.0,156.0 339.0,144.8 626.0,133.6" fill="none" stroke="#4f86d9" '
    'stroke-width="2" stroke-linejoin="round"/>',
    '<polyline points="52.0,77.6 339.0,66.4" fill="none" stroke="#4a9d6f" stroke-width="2" '
    'stroke-linejoin="round"/>',
    "</svg>",
]
"""A picture of two lines, one of which ends a day before the other."""


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


@pytest.mark.parametrize(
    ("start", "step", "labels"),
    [
        (99_900, 100, ["99,900", "100k", "100.1k", "100.2k"]),
        (100_010, 10, ["100.01k", "100.02k", "100.03k", "100.04k"]),
        (999_000, 1_000, ["999k", "1M", "1.001M", "1.002M"]),
        (12_100_000, 100_000, ["12.1M", "12.2M", "12.3M", "12.4M"]),
        (1_200_000_000, 100_000_000, ["1200M", "1300M", "1400M", "1500M"]),
    ],
)
def test_no_two_numbers_beside_the_lines_look_the_same(
    start: int, step: int, labels: list[str]
) -> None:
    assert texts(draw(days(4, start, step)))[1:-3] == labels


def test_lines_of_several_kinds_have_a_legend_and_their_own_colours() -> None:
    rows = days(3, 5, 1, kind="issues") + days(3, 2, 0, kind="pull requests")
    picture = draw(rows, from_zero=True)
    assert texts(picture)[1:3] == ["issues", "pull requests"]
    lines = list(picture.iter(f"{SVG}polyline"))
    assert len({line.get("stroke") for line in lines}) == len(lines) == 2
    assert "0" in texts(picture)


def test_what_was_seen_is_dashed_and_left_out_where_it_is_no_line_yet() -> None:
    held = days(300, 5, 1, kind="given and still held")
    for seen, dashes in ((300, [None, "5 4"]), (1, [None]), (0, [None])):
        rows = sorted(held + days(300, 7, 1, kind="seen")[300 - seen :], key=lambda row: row["day"])
        picture = draw(rows)
        lines = list(picture.iter(f"{SVG}polyline"))
        assert [line.get("stroke-dasharray") for line in lines] == dashes
        assert ("seen" in texts(picture)) is (seen == 300)
    first_alone = days(2, 5, 1, kind="issues")[:1] + days(2, 5, 1, kind="pull requests")[1:]
    assert len(list(draw(first_alone).iter(f"{SVG}polyline"))) == 2


def test_all_parts_of_a_picture_are_where_they_belong() -> None:
    rows = days(3, 5, 1, kind="issues") + days(2, 12, 1, kind="pull requests")
    table = make_number_table(rows, "stars")
    picture = draw_pictures("a/b", table, from_zero=True)[""].decode()
    assert picture.splitlines() == GOLD


@pytest.mark.parametrize(
    ("count", "labels"),
    [
        (2, ["1 Jan 2026", "2 Jan 2026"]),
        (3, ["1 Jan 2026", "3 Jan 2026"]),
        (4, ["1 Jan 2026", "2 Jan 2026", "4 Jan 2026"]),
        (121, ["1 Jan 2026", "2 Mar 2026", "1 May 2026"]),
        (123, ["Jan 2026", "Mar 2026", "May 2026"]),
    ],
)
def test_days_are_told_as_far_as_there_are_some(count: int, labels: list[str]) -> None:
    assert [text for text in texts(draw(days(count, 1, 1))) if text.endswith(" 2026")] == labels


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
