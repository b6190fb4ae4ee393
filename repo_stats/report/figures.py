"""Charts as elements of a page: making them, and finding them again on an earlier page."""

import re

from repo_stats.warehouse.frames import Records

SPARKLINE_WIDTH, SPARKLINE_HEIGHT = 96, 22


def make_figure(name: str, svg: str) -> str:
    """The HTML element of a rendered chart.

    It is as wide as the page allows. Inline styles are removed, since the page's policy forbids
    them.

    Args:
        name: the chart's name, by which `find_figures` finds it again.
        svg: the chart as an SVG element.
    """
    opening, rest = re.sub(r' style="[^"]*"', "", svg).split(">", 1)
    opening = re.sub(r' (?:width|height)="[\d.]+"', "", opening)
    chart = opening.replace("<svg", '<svg class="chart"', 1)
    return f'<figure id="{name}">{chart}>{rest}</figure>'


def find_figures(page: str) -> dict[str, str]:
    """The figures on an earlier page, by the names of their charts."""
    figures = re.finditer(r'<figure id="(chart-[0-9a-f]+)">.*?</figure>', page, re.DOTALL)
    return {figure[1]: figure[0] for figure in figures}


def sparkline_path(rows: Records) -> str:
    """The path of a small SVG line through the values; empty if there are fewer than two."""
    values = [float(row["value"]) for row in rows]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    x_step = SPARKLINE_WIDTH / (len(values) - 1)
    y_scale = (SPARKLINE_HEIGHT - 4) / (high - low) if high > low else 0.0
    points = [
        f"{place * x_step:.1f},{SPARKLINE_HEIGHT - 2 - (value - low) * y_scale:.1f}"
        for place, value in enumerate(values)
    ]
    return "M" + "L".join(points)
