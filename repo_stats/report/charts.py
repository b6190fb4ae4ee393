"""The charts as Altair specifications, which are filled with the numbers of each repository.

A chart is compiled to Vega once, and then only rendered. Colours have a medium lightness, and texts
and lines are `currentColor`, so that one chart is legible on a light and on a dark background. The
page adds the legends, and sets the size of most labels: vl-convert takes more than a millisecond to
measure a text, but does not measure a text without a size. The charts leave room for such labels.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from typing import Any

from repo_stats.report.chart_data import AGES
from repo_stats.report.rendering import RenderingError
from repo_stats.warehouse.frames import Records

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
"""What is shown in each chart, and in which colour."""

WIDTH, HEIGHT = 620, 170

_ROOM = {"left": 58, "right": 24, "top": 10, "bottom": 10}
"""Space around a chart in pixels, for labels in the 12 pixels that the page's style sets."""

_LABEL_PADDING, _LABEL_OFFSET = 13, 4
"""Pixels by which labels without a size are moved, so that their letters are in the right place."""

MOST_NAME_LETTERS = 24
"""Letters of a repository's name beside its bar: a longer name is cut, to leave room for bars."""

_RENDERING_REVISION = 2
"""Raise it when the same specification gives another figure: all charts are then rendered again."""

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
        specification: its Vega specification, as JSON in one line.
    """

    specification: str

    @cached_property
    def name(self) -> str:
        """A name that no other chart has, nor the same chart rendered by another version."""
        text = f"{_RENDERING_REVISION} {_version()} {self.specification}"
        return f"chart-{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def picture(self) -> bytes:
        """The chart as a PNG on a white background.

        Raises:
            RenderingError: vl-convert refuses the specification.
        """
        import vl_convert

        opaque = {**json.loads(self.specification), "background": "white"}
        try:
            picture: bytes = vl_convert.vega_to_png(opaque)
        except ValueError as error:
            raise RenderingError(str(error)) from None
        return picture


@cache
def _version() -> str:
    return version("vl-convert-python")


class Charts:
    """All charts of the report, each compiled when it is first needed."""

    def __init__(self) -> None:
        self._compiled: dict[str, dict[str, Any]] = {}

    def fill(self, name: str, rows: Records) -> Chart:
        """A chart with numbers.

        Args:
            name: a key of `CHARTS`.
            rows: the numbers, in the shape that the chart takes.
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

    axis = _axis(format="%b %Y", tickCount=4, grid=False, labelPadding=_LABEL_PADDING)
    return altair.X("day:T", axis=axis)


def _amount(*, from_zero: bool = True) -> Any:
    import altair

    axis = _axis(tickCount=3, format=",.6~r", labelOffset=_LABEL_OFFSET)
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

    axis = _axis(labelAngle=0, labelPadding=_LABEL_PADDING)
    age = altair.X("age:N", sort=[name for name, _ in AGES], axis=axis)
    return _page_chart().mark_bar().encode(x=age, y=_amount(), color=_kinds("ages"))


def _flow() -> Any:
    lines = _page_chart().mark_line(strokeWidth=2)
    return lines.encode(x=_time(), y=_amount(), color=_kinds("flow"))


def _closing() -> Any:
    lines = _page_chart().mark_line(strokeWidth=2, point=True)
    return lines.encode(x=_time(), y=_amount(), color=_kinds("closing"))


def _comparison() -> Any:
    """The one chart that is also made into a PNG: its labels have a size of their own for that."""
    import altair

    axis = altair.Axis(title=None, labelExpr=f"truncate(datum.label, {MOST_NAME_LETTERS})")
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
"""The function that makes the specification of each chart."""
