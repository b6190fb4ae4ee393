"""Small lines in the rows of the first page."""

from repo_stats.warehouse.frames import Records

SPARKLINE_WIDTH, SPARKLINE_HEIGHT = 96, 22


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
