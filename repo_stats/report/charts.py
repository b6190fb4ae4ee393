"""The charts, as Altair specifications: one each for all repositories, filled with their numbers.

A chart is compiled to Vega once and then only drawn. Colours are of a middle lightness, and texts
and lines `currentColor`, so that one drawing reads on a light ground and on a dark one. Legends are
left to the page, and so is the size of most labels: measuring a text takes vl-convert more than a
millisecond, and a text without a size is not measured. The charts leave room for them instead.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from typing import Any

from repo_stats.report.data import AGES, Records
from repo_stats.report.drawing import DrawingError

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


_ROOM = {"left": 58, "right": 24, "top": 10, "bottom": 10}
"""Beside a chart, in pixels, for labels that are as large as the page's style makes them: 12."""


_BELOW, _DOWN = 13, 4
"""By how many pixels labels without a size have to be moved, for their letters to be in place."""


MOST_LETTERS = 24
"""Of a repository's name beside its bar, so that it leaves room for that."""


_DRAWN_BY = 2
"""Raised when the same specification gives another figure, so that charts are drawn anew."""


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
        "tickOpacity": 0.4,
        "labelLimit": 0,
    },
}


@dataclass(frozen=True)
class Chart:
    """A chart with its numbers.

    Attributes:
        specification: in Vega, as JSON in one line.
    """

    specification: str

    @cached_property
    def name(self) -> str:
        """What tells its drawing from all others, also from those that another version made."""
        text = f"{_DRAWN_BY} {_version()} {self.specification}"
        return f"chart-{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def picture(self) -> bytes:
        """It as a PNG on a white ground.

        Raises:
            DrawingError: vl-convert refuses it.
        """
        import vl_convert

        opaque = {**json.loads(self.specification), "background": "white"}
        try:
            picture: bytes = vl_convert.vega_to_png(opaque)
        except ValueError as error:
            raise DrawingError(str(error)) from None
        return picture


@cache
def _version() -> str:
    return version("vl-convert-python")


class Charts:
    """All charts of the report, compiled when they are first needed."""

    def __init__(self) -> None:
        self._compiled: dict[str, dict[str, Any]] = {}

    def fill(self, name: str, rows: Records) -> Chart:
        """A chart with numbers in it.

        Args:
            name: a key of `CHARTS`.
            rows: the numbers, in the form that the chart is made for.
        """
        vega = self._compiled.get(name) or self._compile(name)
        first, *others = vega["data"]
        return Chart(json.dumps({**vega, "data": [{**first, "values": rows}, *others]}))

    def _compile(self, name: str) -> dict[str, Any]:
        import vl_convert

        spec = CHARTS[name]().to_dict()
        vega: dict[str, Any] = vl_convert.vegalite_to_vega({**spec, "config": _CONFIG})
        self._compiled[name] = vega
        return vega


def _chart() -> Any:
    import altair

    return altair.Chart(altair.InlineData(values=[{}]), width=WIDTH, height=HEIGHT)


def _page_chart() -> Any:
    return _chart().properties(padding=_ROOM)


def _axis(**options: Any) -> Any:
    import altair

    return altair.Axis(title=None, labelFontSize=0, **options)


def _time() -> Any:
    import altair

    axis = _axis(format="%b %Y", tickCount=4, grid=False, labelPadding=_BELOW)
    return altair.X("day:T", axis=axis)


def _amount(*, from_zero: bool = True) -> Any:
    import altair

    axis = _axis(tickCount=3, format=",.6~r", labelOffset=_DOWN)
    return altair.Y("value:Q", axis=axis, scale=altair.Scale(zero=from_zero, nice=True))


def _kinds(chart: str) -> Any:
    import altair

    colours = COLOURS[chart]
    scale = altair.Scale(domain=list(colours), range=list(colours.values()))
    return altair.Color("kind:N", scale=scale, legend=None)


def _stars() -> Any:
    line = _page_chart().mark_line(color=ORANGE, strokeWidth=2, interpolate="monotone")
    return line.encode(x=_time(), y=_amount(from_zero=False))


def _backlog() -> Any:
    area = _page_chart().mark_area(opacity=0.85)
    return area.encode(x=_time(), y=_amount(), color=_kinds("backlog"))


def _ages() -> Any:
    import altair

    axis = _axis(labelAngle=0, labelPadding=_BELOW)
    age = altair.X("age:N", sort=[name for name, _ in AGES], axis=axis)
    return _page_chart().mark_bar().encode(x=age, y=_amount(), color=_kinds("ages"))


def _flow() -> Any:
    lines = _page_chart().mark_line(strokeWidth=2)
    return lines.encode(x=_time(), y=_amount(), color=_kinds("flow"))


def _closing() -> Any:
    lines = _page_chart().mark_line(strokeWidth=2, point=True)
    return lines.encode(x=_time(), y=_amount(), color=_kinds("closing"))


def _comparison() -> Any:
    """The one chart that is also a picture, and therefore has labels of a size of their own."""
    import altair

    axis = altair.Axis(title=None, labelExpr=f"truncate(datum.label, {MOST_LETTERS})")
    name = altair.Y("name:N", sort=None, axis=axis)
    amount = altair.X("sum(value):Q", axis=altair.Axis(title=None, tickCount=4, format=",.6~r"))
    bars = _chart().mark_bar().encode(x=amount, y=name, color=_kinds("comparison"))
    return bars.properties(height={"step": 22})


CHARTS = {
    "stars": _stars,
    "backlog": _backlog,
    "ages": _ages,
    "flow": _flow,
    "closing": _closing,
    "comparison": _comparison,
}
"""How each chart is made."""
