"""What the cases compute from their measurements: medians, ratios, and the cost of one more."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from benchmarks.measuring import Measurement, median
from benchmarks.table import Finding, Line

Found = Mapping[str, Sequence[Measurement]]
"""The measurements of each variant that took part, by name."""


def lines_of(case: str, found: Found) -> list[Line]:
    """A line of medians for each variant that has measurements."""
    return [Line(case, who, median(taken)) for who, taken in found.items() if taken]


def ratio_of(
    what: str, found: Found, ours: str, theirs: str, figure: str, target: float | None = None
) -> list[Finding]:
    """The ratio of two medians, if both variants have measurements."""
    if not found.get(ours) or not found.get(theirs):
        return []
    value = _figure(found, ours, figure) / _figure(found, theirs, figure)
    return [Finding(what, value, target=target)]


def growth_of(
    what: str, found: Found, sizes: Mapping[str, int], figure: str, target: float | None = None
) -> list[Finding]:
    """The cost of one more repository in milliseconds, from one size to the next.

    Args:
        what: the name of the cost; the sizes are added to it.
        found: the measurements.
        sizes: how many repositories each variant has, in ascending order.
        figure: the name of a figure in seconds.
        target: the most that one more may cost.
    """
    measured = [(name, size) for name, size in sizes.items() if found.get(name)]
    findings = []
    for (small, fewer), (large, more) in pairwise(measured):
        seconds = _figure(found, large, figure) - _figure(found, small, figure)
        cost = 1000 * seconds / (more - fewer)
        findings.append(Finding(f"{what}, {fewer} to {more}", cost, "ms", target))
    return findings


def most_of(
    what: str, found: Found, who: str, figure: str, unit: str, target: float | None = None
) -> list[Finding]:
    """One median, if it was measured."""
    return [Finding(what, _figure(found, who, figure), unit, target)] if found.get(who) else []


def fastest(found: Found, names: Sequence[str]) -> str | None:
    """The name of the variant with the least wall time; None if none was measured."""
    measured = [name for name in names if found.get(name)]
    return min(measured, key=lambda name: _figure(found, name, "wall"), default=None)


def _figure(found: Found, who: str, figure: str) -> float:
    return float(getattr(median(found[who]), figure))
