"""Lines over time as small SVG pictures, to be shown elsewhere, such as in a README.

A picture has to be there without a script, in light and in dark. The library that draws the charts
takes 10 ms for each, which is minutes for thousands of repositories; these take a fraction of that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import count

from repo_stats.report.charts import COLOURS as CHART_COLOURS
from repo_stats.report.charts import DASHES, SEEN
from repo_stats.report.number_tables import NumberTable, thin_days

WIDTH, HEIGHT = 640, 240

_FIRST_DAY = date(1970, 1, 1)
"""The day that the days of a table are counted from."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 44, 28
"""The margins around the lines, in pixels."""

THEMES: Mapping[str, tuple[str, str]] = {
    "": ("#1d2330", "#5c6474"),
    "-dark": ("#e6e8ed", "#a2aab8"),
}
"""The colours of the title and of labels, by what is added to the name of the file."""

_TEXT, _QUIET = "colour-of-text", "colour-of-labels"
"""In place of the colours of a theme."""

COLOURS = {**CHART_COLOURS["stars"], **CHART_COLOURS["backlog"]}

_MOST_TICKS = 4

_LONG = 100_000
"""Numbers from here on are shortened beside the lines, where they have little room."""

_DAYS = 120
"""Above so many days, the labels of time have no day of the month."""


@dataclass(frozen=True)
class _Line:
    """One line: its kind, and the days and numbers of its points."""

    kind: str
    points: Sequence[tuple[date, int]]


def draw_pictures(title: str, table: NumberTable, *, from_zero: bool) -> dict[str, bytes]:
    """A picture for each theme, by what is added to the name of the file.

    Args:
        title: of the picture.
        table: the numbers of at least two days.
        from_zero: whether the axis begins at zero.
    """
    shown = thin_days(table)
    days = [_FIRST_DAY + timedelta(days=day) for day in shown.days]
    lines = [
        _Line(kind, [(day, v) for day, v in zip(days, column, strict=True) if v is not None])
        for kind, column in zip(shown.kinds, shown.columns, strict=True)
    ]
    drawn = [line for line in lines if len(line.points) > 1]  # one point alone is no line
    picture = _draw(title, drawn or [line for line in lines if line.points], from_zero=from_zero)
    return {
        theme: picture.replace(_TEXT, text).replace(_QUIET, quiet).encode()
        for theme, (text, quiet) in THEMES.items()
    }


def find_ticks(low: int, high: int) -> list[int]:
    """Round numbers, evenly spaced, from the lowest value or below to the highest or above."""
    steps = (factor * 10**place for place in count() for factor in (1, 2, 5))
    step = next(step for step in steps if -(-high // step) - low // step <= _MOST_TICKS)
    first, last = low // step, -(-high // step)
    return [step * place for place in range(first, max(last, first + 1) + 1)]


def _draw(title: str, lines: Sequence[_Line], *, from_zero: bool) -> str:
    days = [day for line in lines for day, _ in line.points]
    values = [value for line in lines for _, value in line.points]
    ticks = find_ticks(min(0, *values) if from_zero else min(values), max(values))
    scale = _Scale(min(days), max(days), ticks[0], ticks[-1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{_QUIET}">',
        f"<title>{escape(title)}: {escape(_describe(lines))}</title>",
        f'<text x="{_LEFT}" y="20" font-size="15" fill="{_TEXT}">{escape(title)}</text>',
        *_draw_legend(lines),
        *(_draw_tick(scale, tick) for tick in ticks),
        *_draw_days(scale),
        *(_draw_line(scale, line) for line in lines),
        "</svg>\n",
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class _Scale:
    """Where a day and a number are in the picture."""

    first: date
    last: date
    low: int
    high: int

    def x(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: int) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _describe(lines: Sequence[_Line]) -> str:
    """The first and the last number of each line, for those who do not see it."""
    return "; ".join(
        f"{line.kind} from {line.points[0][1]:,} on {line.points[0][0]} to "
        f"{line.points[-1][1]:,} on {line.points[-1][0]}"
        for line in lines
    )


def _draw_legend(lines: Sequence[_Line]) -> Iterator[str]:
    if len(lines) < 2:
        return
    x = _LEFT
    for line in lines:
        yield f'<rect x="{x}" y="29" width="10" height="10" rx="2" fill="{COLOURS[line.kind]}"/>'
        yield f'<text x="{x + 15}" y="38">{escape(line.kind)}</text>'
        x += 40 + 7 * len(line.kind)


def _draw_tick(scale: _Scale, tick: int) -> str:
    y = scale.y(tick)
    return (
        f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="{_QUIET}" '
        f'stroke-opacity="0.25"/><text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">'
        f"{_label(tick)}</text>"
    )


def _label(tick: int) -> str:
    """A number in few characters, without rounding: its neighbours must not look the same."""
    if tick < _LONG:
        return f"{tick:,}"
    size, unit = (1_000_000, "M") if tick >= 1_000_000 else (1_000, "k")
    whole, rest = divmod(tick, size)
    digits = f"{rest:0{len(str(size)) - 1}}".rstrip("0")
    return f"{whole}.{digits}{unit}" if digits else f"{whole}{unit}"


def _draw_days(scale: _Scale) -> Iterator[str]:
    days = (scale.last - scale.first).days
    style = "%b %Y" if days > _DAYS else "%-d %b %Y"
    middle = scale.first + (scale.last - scale.first) / 2
    placed = ((scale.first, "start"), (middle, "middle"), (scale.last, "end"))
    for day, anchor in placed if days > 2 else (placed[0], placed[2]):
        label = day.strftime(style.replace("%-d", str(day.day)))
        yield f'<text x="{scale.x(day)}" y="{HEIGHT - 8}" text-anchor="{anchor}">{label}</text>'


def _draw_line(scale: _Scale, line: _Line) -> str:
    dashes = f' stroke-dasharray="{DASHES[0]} {DASHES[1]}"' if line.kind == SEEN else ""
    path = " ".join(f"{scale.x(day)},{scale.y(value)}" for day, value in line.points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{COLOURS[line.kind]}" stroke-width="2" '
        f'stroke-linejoin="round"{dashes}/>'
    )
