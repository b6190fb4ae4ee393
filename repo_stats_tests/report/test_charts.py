"""What each chart draws, and how a reader tells its parts apart."""

import json
from typing import Any

import pytest
import vl_convert

from repo_stats.report.chart_data import AGES
from repo_stats.report.charts import CHARTS, Chart, Charts
from repo_stats.report.rendering import RenderingError

BLUE, ORANGE, GREEN, GREY = "#4f86d9", "#dd8338", "#4a9d6f", "#8d93a1"

PADDING = {"left": 58, "right": 24, "top": 10, "bottom": 10}

NUMBERS = {"format": ",.6~r", "title": None}

TIME = {
    "field": "day",
    "type": "temporal",
    "axis": {
        "format": "%b %Y",
        "grid": False,
        "labelFontSize": 0,
        "labelPadding": 13,
        "tickCount": 4,
        "title": None,
    },
}

AMOUNT = {
    "field": "value",
    "type": "quantitative",
    "axis": {**NUMBERS, "labelFontSize": 0, "labelOffset": 4, "tickCount": 3},
    "scale": {"nice": True, "zero": True},
}

AGE = {
    "field": "age",
    "type": "nominal",
    "sort": [name for name, _ in AGES],
    "axis": {"labelAngle": 0, "labelFontSize": 0, "labelPadding": 13, "title": None},
}

ITEMS = {"issues": BLUE, "pull requests": GREEN}


def kinds(colours: dict[str, str]) -> dict[str, Any]:
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": "kind", "type": "nominal", "legend": None, "scale": scale}


DRAWN: dict[str, dict[str, Any]] = {
    "stars": {
        "mark": {"type": "line", "color": ORANGE, "strokeWidth": 2, "interpolate": "monotone"},
        "encoding": {"x": TIME, "y": {**AMOUNT, "scale": {"nice": True, "zero": False}}},
    },
    "backlog": {
        "mark": {"type": "area", "opacity": 0.85},
        "encoding": {"x": TIME, "y": AMOUNT, "color": kinds(ITEMS)},
    },
    "ages": {
        "mark": {"type": "bar"},
        "encoding": {"x": AGE, "y": AMOUNT, "color": kinds(ITEMS)},
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
    "comparison": {
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "aggregate": "sum",
                "field": "value",
                "type": "quantitative",
                "axis": {**NUMBERS, "tickCount": 4},
            },
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "axis": {"labelExpr": "truncate(datum.label, 24)", "title": None},
            },
            "color": kinds(ITEMS),
        },
    },
}
"""The marks of each chart and what they stand for, as the page and its legend say."""


def test_every_chart_draws_what_its_title_asks_in_the_colours_of_its_legend() -> None:
    assert list(CHARTS) == list(DRAWN)
    for name, make in CHARTS.items():
        spec = make().to_dict()
        assert {key: spec[key] for key in ("mark", "encoding")} == DRAWN[name], name


def test_charts_are_of_one_size_and_leave_room_for_labels() -> None:
    sizes = {n: make().to_dict() for n, make in CHARTS.items()}
    assert {name: (spec["width"], spec["height"]) for name, spec in sizes.items()} == {
        name: (620, {"step": 22} if name == "comparison" else 170) for name in DRAWN
    }
    assert {name: spec.get("padding") for name, spec in sizes.items()} == {
        name: None if name == "comparison" else PADDING for name in DRAWN
    }


def test_a_chart_is_legible_on_a_light_and_on_a_dark_background() -> None:
    chart = Charts().fill("stars", [{"day": "2026-09-01", "value": 1}])
    assert "\n" not in chart.specification
    specification = json.loads(chart.specification)
    assert "background" not in specification
    config = specification["config"]
    assert config["aria"] is False
    assert config["axis"] == {
        **dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor"), "currentColor"),
        "gridColor": "currentColor",
        "gridOpacity": 0.12,
        "domainOpacity": 0.4,
        "tickOpacity": 0.4,
        "labelFontSize": 12,
        "labelLimit": 0,
    }
    assert config["style"]["cell"] == {"stroke": None}
    assert config["style"]["guide-label"] == {"font": "sans-serif"}


def test_a_chart_is_compiled_once_and_filled_with_the_numbers_of_each_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled, compile_one = [], vl_convert.vegalite_to_vega

    def note(spec: Any) -> Any:
        compiled.append(spec)
        return compile_one(spec)

    monkeypatch.setattr(vl_convert, "vegalite_to_vega", note)
    charts = Charts()
    for value in (1, 2):
        rows = [{"day": "2026-09-01", "value": value}]
        specification = json.loads(charts.fill("stars", rows).specification)
        assert specification["data"][0]["values"] == rows
        assert len(specification["data"]) == 2
    assert len(compiled) == 1


def test_a_picture_has_a_white_background_and_one_that_cannot_be_made_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chart = Charts().fill("comparison", [{"name": "a/b", "kind": "issues", "value": 3}])
    assert chart.picture().startswith(b"\x89PNG")
    with pytest.raises(RenderingError, match="A chart could not be rendered: Vega to PNG"):
        Chart('{"marks": 7}').picture()
    monkeypatch.setattr(vl_convert, "vega_to_png", lambda spec: spec["background"].encode())
    assert chart.picture() == b"white"
