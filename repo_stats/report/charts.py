"""The charts as Altair specifications, without their numbers.

The browser of the reader draws them (`chart_script.py`), as wide as the page allows. Colours have
a medium lightness, and texts and lines are `currentColor`, so that one chart is legible on a light
and on a dark background. The page adds the legends.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from repo_stats.warehouse.frames import Records

BLUE, ORANGE, GREEN, GREY = "#4f86d9", "#dd8338", "#4a9d6f", "#8d93a1"

HELD, SEEN = "given and still held", "seen"
"""What is drawn of the stars: by the day they were given, and the counter at each refresh."""

COLOURS: Mapping[str, Mapping[str, str]] = {
    **{
        chart: {"issues": BLUE, "pull requests": GREEN}
        for chart in ("backlog", "ages", "comparison")
    },
    "stars": {HELD: ORANGE, SEEN: GREY, "stars": ORANGE},
    "authors": {"people": BLUE, "bots": GREY},
    "flow": {"opened": ORANGE, "closed": GREEN},
    "closing": {"half of them": GREEN, "nine of ten": GREY},
    "outcomes": {"merged": GREEN, "closed unmerged": GREY},
    "merging": {"half of them": GREEN},
    "views": {"views": BLUE, "unique visitors": GREY},
    "clones": {"clones": BLUE, "unique cloners": GREY},
}
"""What is shown in each chart, and in which colour."""

SERIES = (BLUE, ORANGE, GREEN, "#a56fce", "#d4587a", "#8b8f1f")
"""The colours of the repositories that are compared, in their order."""

DASHES = (5, 4)
"""The pixels of a dash and of a gap, where a line lies over another."""

HEIGHT = 190
"""The height of a chart in pixels, its labels included."""

PICTURE_WIDTH = 620

_LONG, _SHORT = "%b %Y", "%d %b %Y"
"""How days are written in charts that begin with a fortnight."""

_CONFIG: Mapping[str, Any] = {
    "background": None,
    "aria": False,
    "padding": {"left": 0, "right": 12, "top": 8, "bottom": 5},
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        **dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor"), "currentColor"),
        "gridColor": "currentColor",
        "gridOpacity": 0.12,
        "domainOpacity": 0.4,
        "labelFontSize": 12,
        "tickOpacity": 0.4,
    },
}


class RenderingError(Exception):
    """A chart could not be rendered.

    Args:
        reason: why, as the end of a sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"A chart could not be rendered: {reason}")


def compile_charts() -> dict[str, dict[str, Any]]:
    """The Vega specifications of all charts, by name.

    Their first data set is empty. It takes rows with `day`, `kind` and `value`.
    """
    import vl_convert

    return {
        name: vl_convert.vegalite_to_vega({**make().to_dict(), "config": _CONFIG})
        for name, make in CHARTS.items()
    }


def make_picture(rows: Records) -> bytes:
    """The open items of repositories as bars: a PNG on a white background.

    Args:
        rows: with the `name` of a repository, `kind` and `value`.

    Raises:
        RenderingError: vl-convert refuses the numbers.
    """
    import altair
    import vl_convert

    amount = altair.X("sum(value):Q", axis=altair.Axis(title=None, tickCount=4, format=",.6~r"))
    bars = altair.Chart(altair.InlineData(values=rows), width=PICTURE_WIDTH).mark_bar()
    name = altair.Y("name:N", sort=None, axis=altair.Axis(title=None, labelLimit=300))
    chart = bars.encode(x=amount, y=name, color=_kinds("comparison"))
    config = {**_CONFIG, "background": "white", "padding": 8}
    try:
        picture: bytes = vl_convert.vegalite_to_png({**chart.to_dict(), "config": config})
    except ValueError as error:
        raise RenderingError(str(error)) from None
    return picture


def _chart() -> Any:
    import altair

    return altair.Chart(altair.NamedData("numbers"), width="container", height=HEIGHT)


def _time(written: str = _LONG) -> Any:
    """Days are those of UTC, wherever the reader is."""
    import altair

    axis = altair.Axis(
        title=None,
        format=written,
        tickCount=6,
        grid=False,
        labelFlush=True,
        labelOverlap="greedy",
        labelSeparation=8,
        labelPadding=7,
    )
    return altair.X("day:T", axis=axis, scale=altair.Scale(type="utc"))


def _amount(*, from_zero: bool = True) -> Any:
    import altair

    axis = altair.Axis(title=None, tickCount=3, format=",.6~r")
    return altair.Y("value:Q", axis=axis, scale=altair.Scale(zero=from_zero, nice=True))


def _kinds(chart: str) -> Any:
    import altair

    colours = COLOURS[chart]
    scale = altair.Scale(domain=list(colours), range=list(colours.values()))
    return altair.Color("kind:N", scale=scale, legend=None)


def _stars() -> Any:
    """Where both lines are the same, the dashes of what was seen show the other one."""
    import altair

    dashes = {kind: DASHES if kind == SEEN else (1, 0) for kind in COLOURS["stars"]}
    scale = altair.Scale(domain=list(dashes), range=list(dashes.values()))
    lines = _chart().mark_line(strokeWidth=2, interpolate="monotone")
    return lines.encode(
        x=_time(),
        y=_amount(from_zero=False),
        color=_kinds("stars"),
        strokeDash=altair.StrokeDash("kind:N", scale=scale, legend=None),
    )


def _backlog() -> Any:
    area = _chart().mark_area(opacity=0.85)
    return area.encode(x=_time(), y=_amount(), color=_kinds("backlog"))


def _lines(chart: str, *, has_points: bool = False, days: str = _LONG) -> Any:
    """Lines of the kinds of a chart; points where not every period has a number."""
    lines = _chart().mark_line(strokeWidth=2, **({"point": True} if has_points else {}))
    return lines.encode(x=_time(days), y=_amount(), color=_kinds(chart))


def _downloads() -> Any:
    line = _chart().mark_line(color=BLUE, strokeWidth=2)
    return line.encode(x=_time(_SHORT), y=_amount())


def _compared(*, from_zero: bool) -> Any:
    """Lines of several repositories; the page says which there are."""
    import altair

    colour = altair.Color("kind:N", scale=altair.Scale(range=list(SERIES)), legend=None)
    lines = _chart().mark_line(strokeWidth=2)
    return lines.encode(x=_time(), y=_amount(from_zero=from_zero), color=colour)


CHARTS: Mapping[str, Callable[[], Any]] = {
    "stars": _stars,
    "backlog": _backlog,
    "flow": partial(_lines, "flow"),
    "closing": partial(_lines, "closing", has_points=True),
    "outcomes": partial(_lines, "outcomes"),
    "merging": partial(_lines, "merging", has_points=True),
    "views": partial(_lines, "views", days=_SHORT),
    "clones": partial(_lines, "clones", days=_SHORT),
    "downloads": _downloads,
    "compared": partial(_compared, from_zero=True),
    "compared stars": partial(_compared, from_zero=False),
}
"""The function that makes the specification of each chart."""
