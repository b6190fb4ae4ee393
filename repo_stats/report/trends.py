"""The small lines of the first page, each as a short text, of which its script makes a line."""

from collections.abc import Sequence

from repo_stats.metrics.stars import DAILY
from repo_stats.report.charts import HELD
from repo_stats.warehouse.frames import Records

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

MOST_POINTS = 32
"""The most points of a line: three pixels for each."""


def encode_trend(values: Sequence[float]) -> str:
    """The heights of a line as digits with the base 36; empty if there are fewer than two values.

    `0` is the lowest value and `z` the highest. If all are the same, they are in the middle.
    """
    if len(values) < 2:
        return ""
    last = len(values) - 1
    count = min(len(values), MOST_POINTS)
    chosen = [values[round(place * last / (count - 1))] for place in range(count)]
    low, high = min(chosen), max(chosen)
    if low == high:
        return _DIGITS[len(_DIGITS) // 2] * count
    return "".join(
        _DIGITS[round((value - low) * (len(_DIGITS) - 1) / (high - low))] for value in chosen
    )


def recent_stars(stars: Records) -> list[int]:
    """The stars of the last days, which a line shows: those still held, or else those seen.

    Args:
        stars: see `RepositoryReport`.
    """
    held = [int(point["value"]) for point in stars if point["kind"] == HELD]
    return held[-DAILY:] or [int(point["value"]) for point in stars]
