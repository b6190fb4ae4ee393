"""What each chart draws, and how a reader tells its parts apart."""

from collections.abc import Mapping
from typing import Any

import pytest
import vl_convert

from repo_stats.report.charts import CHARTS, RenderingError, compile_charts, make_picture

BLUE, ORANGE, GREEN, GREY = "#4f86d9", "#dd8338", "#4a9d6f", "#8d93a1"

TIME: dict[str, Any] = {
    "field": "day",
    "type": "temporal",
    "axis": {
        "format": "%b %Y",
        "grid": False,
        "labelFlush": True,
        "labelOverlap": "greedy",
        "labelPadding": 7,
        "labelSeparation": 8,
        "tickCount": 6,
        "title": None,
    },
    "scale": {"type": "utc"},
}

DAYS: dict[str, Any] = {**TIME, "axis": {**TIME["axis"], "format": "%d %b %Y"}}

AMOUNT = {
    "field": "value",
    "type": "quantitative",
    "axis": {"format": ",.6~r", "title": None, "tickCount": 3},
    "scale": {"nice": True, "zero": True},
}


Specifications = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def compiled() -> Specifications:
    return compile_charts()


def kinds(colours: Mapping[str, object]) -> dict[str, Any]:
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": "kind", "type": "nominal", "legend": None, "scale": scale}


DRAWN: dict[str, dict[str, Any]] = {
    "stars": {
        "mark": {"type": "line", "strokeWidth": 2, "interpolate": "monotone"},
        "encoding": {
            "x": TIME,
            "y": {**AMOUNT, "scale": {"nice": True, "zero": False}},
            "color": kinds({"given and still held": ORANGE, "seen": GREY, "stars": ORANGE}),
            "strokeDash": kinds({"given and still held": [1, 0], "seen": [5, 4], "stars": [1, 0]}),
        },
    },
    "backlog": {
        "mark": {"type": "area", "opacity": 0.85},
        "encoding": {
            "x": TIME,
            "y": AMOUNT,
            "color": kinds({"issues": BLUE, "pull requests": GREEN}),
        },
    },
    "flow": {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": TIME,
            "y": AMOUNT,
            "color": kinds({"opened": ORANGE, "closed": GREEN}),
        },
    },
    "closing": {
        "mark": {"type": "line", "strokeWidth": 2, "point": True},
        "encoding": {
            "x": TIME,
            "y": AMOUNT,
            "color": kinds({"half of them": GREEN, "nine of ten": GREY}),
        },
    },
    "outcomes": {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": TIME,
            "y": AMOUNT,
            "color": kinds({"merged": GREEN, "closed unmerged": GREY}),
        },
    },
    "merging": {
        "mark": {"type": "line", "strokeWidth": 2, "point": True},
        "encoding": {"x": TIME, "y": AMOUNT, "color": kinds({"half of them": GREEN})},
    },
    **{
        name: {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"x": DAYS, "y": AMOUNT, "color": kinds({name: BLUE, people: GREY})},
        }
        for name, people in (("views", "unique visitors"), ("clones", "unique cloners"))
    },
    "downloads": {
        "mark": {"type": "line", "color": BLUE, "strokeWidth": 2},
        "encoding": {"x": DAYS, "y": AMOUNT},
    },
    **{
        name: {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {
                "x": TIME,
                "y": {**AMOUNT, "scale": {"nice": True, "zero": from_zero}},
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "legend": None,
                    "scale": {"range": [BLUE, ORANGE, GREEN, "#a56fce", "#d4587a", "#8b8f1f"]},
                },
            },
        }
        for name, from_zero in (("compared", True), ("compared stars", False))
    },
}
"""The marks of each chart and what they stand for, as the page and its legend say."""


def test_every_chart_draws_what_its_title_asks_in_the_colours_of_its_legend() -> None:
    assert list(CHARTS) == list(DRAWN)
    for name, make in CHARTS.items():
        spec = make().to_dict()
        assert {key: spec[key] for key in ("mark", "encoding")} == DRAWN[name], name


def test_a_chart_takes_the_width_that_there_is_and_its_numbers_as_the_first_data_set(
    compiled: Specifications,
) -> None:
    assert list(compiled) == list(DRAWN)
    for chart in compiled.values():
        assert chart["data"][0] == {"name": "numbers"}
        [width] = [signal for signal in chart["signals"] if signal["name"] == "width"]
        assert "containerSize()" in width["init"]
        assert chart["autosize"]["type"] == "fit-x"
        [days] = [scale for scale in chart["scales"] if scale["name"] == "x"]
        assert days["type"] == "utc"


@pytest.mark.parametrize("name", CHARTS)
def test_amounts_are_drawn_from_zero_and_only_stars_from_their_least(
    name: str, compiled: Specifications
) -> None:
    [scale] = [scale for scale in compiled[name]["scales"] if scale["name"] == "y"]
    assert scale["type"] == "linear"
    assert scale["zero"] is (name not in ("stars", "compared stars"))


def test_a_chart_is_legible_on_a_light_and_on_a_dark_background(
    compiled: Specifications,
) -> None:
    assert len(compiled) == len(DRAWN)
    for chart in compiled.values():
        assert "background" not in chart
        config = chart["config"]
        assert config["aria"] is False
        assert config["axis"] == {
            **dict.fromkeys(
                ("labelColor", "titleColor", "domainColor", "tickColor"), "currentColor"
            ),
            "gridColor": "currentColor",
            "gridOpacity": 0.12,
            "domainOpacity": 0.4,
            "tickOpacity": 0.4,
            "labelFontSize": 12,
        }
        assert config["style"]["cell"] == {"stroke": None}
        assert config["style"]["guide-label"] == {"font": "system-ui, sans-serif"}


def test_a_picture_has_a_white_background_and_one_that_cannot_be_made_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{"name": "a/b", "kind": "issues", "value": 3}]
    assert make_picture(rows).startswith(b"\x89PNG")
    asked: list[Any] = []

    def note(spec: Any) -> bytes:
        asked.append(spec)
        return b"png"

    monkeypatch.setattr(vl_convert, "vegalite_to_png", note)
    assert make_picture(rows) == b"png"
    assert asked[0]["config"]["background"] == "white"
    assert asked[0]["encoding"]["x"]["axis"] == {"format": ",.6~r", "tickCount": 4, "title": None}

    def refuse(_: Any) -> bytes:
        raise ValueError("no width.")

    monkeypatch.setattr(vl_convert, "vegalite_to_png", refuse)
    with pytest.raises(RenderingError, match=r"A chart could not be rendered: no width\."):
        make_picture(rows)
