"""The charts, as Altair specifications: one each for all repositories, filled with their numbers.

A chart is compiled to Vega once and then only drawn. Colours are of a middle lightness, and texts
and lines `currentColor`, so that one drawing reads on a light ground and on a dark one. Labels are
few, and legends left to the page: measuring a text takes vl-convert two milliseconds.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from repo_stats.report.data import AGES, Records

BLUE, ORANGE, GREEN, GREY = "#4f86d9", "#dd8338", "#4a9d6f", "#8d93a1"

COLOURS: Mapping[str, Mapping[str, str]] = {
    **{
        chart: {"issues": BLUE, "pull requests": GREEN}
        for chart in ("backlog", "ages", "comparison")
    },
    "authors": {"people": BLUE, "bots": GREY},
    "flow": {"opened": ORANGE, "closed": GREEN},
    "closing": {"half of them": GREEN, "nine of ten": GREY},
}
"""The kinds of things in each chart, and their colours, for its legend."""

WIDTH, HEIGHT = 620, 170

MOST_LETTERS = 24

MANY = 60
"""Charts from which on it pays to draw them in processes of their own: each draws one at a time."""

_CONFIG: Mapping[str, Any] = {
    "background": None,
    "aria": False,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        **dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor"), "currentColor"),
        "gridColor": "currentColor",
        "gridOpacity": 0.12,
        "domainOpacity": 0.4,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "tickOpacity": 0.4,
        "labelLimit": 190,
    },
    "legend": {
        **dict.fromkeys(("labelColor", "titleColor"), "currentColor"),
        "orient": "top",
        "labelFontSize": 12,
        "title": None,
        "symbolType": "square",
    },
}


class Charts:
    """All charts of the report, compiled when they are first needed."""

    def __init__(self) -> None:
        self._compiled: dict[str, dict[str, Any]] = {}

    def fill(self, name: str, rows: Records) -> str:
        """A chart's Vega specification with numbers in it, as JSON.

        Args:
            name: a key of `CHARTS`.
            rows: the numbers, in the form that the chart is made for.
        """
        vega = self._compiled.get(name) or self._compile(name)
        first, *others = vega["data"]
        return json.dumps({**vega, "data": [{**first, "values": rows}, *others]})

    def _compile(self, name: str) -> dict[str, Any]:
        import vl_convert

        spec = CHARTS[name]().to_dict()
        vega: dict[str, Any] = vl_convert.vegalite_to_vega({**spec, "config": _CONFIG})
        self._compiled[name] = vega
        return vega


def draw(specifications: Sequence[str]) -> list[str]:
    """Charts as SVG elements, in their order; many of them in several processes at once."""
    if len(specifications) < MANY:
        return [_draw(specification) for specification in specifications]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        return list(processes.map(_draw, specifications, chunksize=10))


def draw_picture(specification: str) -> bytes:
    """A chart as a PNG on a white ground."""
    import vl_convert

    opaque = {**json.loads(specification), "background": "white"}
    picture: bytes = vl_convert.vega_to_png(opaque)
    return picture


def _draw(specification: str) -> str:
    import vl_convert

    drawing: str = vl_convert.vega_to_svg(specification)
    return drawing


def _chart() -> Any:
    import altair

    return altair.Chart(altair.InlineData(values=[{}]), width=WIDTH, height=HEIGHT)


def _time() -> Any:
    import altair

    axis = altair.Axis(title=None, format="%b %Y", tickCount=4, grid=False)
    return altair.X("day:T", axis=axis)


def _amount(title: str | None = None, *, from_zero: bool = True) -> Any:
    import altair

    return altair.Y(
        "value:Q",
        axis=altair.Axis(title=title, tickCount=3, format=",.6~r"),
        scale=altair.Scale(zero=from_zero, nice=True),
    )


def _names() -> Any:
    """An axis of names, of which long ones are cut, so that they leave room for the chart."""
    import altair

    return altair.Axis(title=None, labelExpr=f"truncate(datum.label, {MOST_LETTERS})")


def _kinds(chart: str) -> Any:
    import altair

    colours = COLOURS[chart]
    scale = altair.Scale(domain=list(colours), range=list(colours.values()))
    return altair.Color("kind:N", scale=scale, legend=None)


def _stars() -> Any:
    line = _chart().mark_line(color=ORANGE, strokeWidth=2, interpolate="monotone")
    return line.encode(x=_time(), y=_amount(from_zero=False))


def _backlog() -> Any:
    area = _chart().mark_area(opacity=0.85)
    return area.encode(x=_time(), y=_amount(), color=_kinds("backlog"))


def _ages() -> Any:
    import altair

    axis = altair.Axis(title=None, labelAngle=0)
    age = altair.X("age:N", sort=[name for name, _ in AGES], axis=axis)
    return _chart().mark_bar().encode(x=age, y=_amount(), color=_kinds("ages"))


def _authors() -> Any:
    import altair

    name = altair.Y("name:N", sort="-x", axis=_names())
    amount = altair.X("value:Q", axis=altair.Axis(title=None, tickCount=4, format=",.6~r"))
    bars = _chart().mark_bar().encode(x=amount, y=name, color=_kinds("authors"))
    return bars.properties(height={"step": 20})


def _flow() -> Any:
    lines = _chart().mark_line(strokeWidth=2)
    return lines.encode(x=_time(), y=_amount(), color=_kinds("flow"))


def _closing() -> Any:
    lines = _chart().mark_line(strokeWidth=2, point=True)
    return lines.encode(x=_time(), y=_amount("days"), color=_kinds("closing"))


def _comparison() -> Any:
    import altair

    name = altair.Y("name:N", sort=None, axis=_names())
    amount = altair.X("sum(value):Q", axis=altair.Axis(title=None, tickCount=4, format=",.6~r"))
    bars = _chart().mark_bar().encode(x=amount, y=name, color=_kinds("comparison"))
    return bars.properties(height={"step": 22})


CHARTS = {
    "stars": _stars,
    "backlog": _backlog,
    "ages": _ages,
    "authors": _authors,
    "flow": _flow,
    "closing": _closing,
    "comparison": _comparison,
}
"""How each chart is made."""
