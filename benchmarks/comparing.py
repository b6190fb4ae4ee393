"""What the cases make of their measurements: lines of medians, ratios, and costs of one more."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from benchmarks.measuring import Measurement, median
from benchmarks.table import Finding, Line

Found = Mapping[str, Sequence[Measurement]]
"""The measurements of each that took part, by name."""


def lines_of(case: str, found: Found) -> list[Line]:
    """A line of medians for each that has measurements."""
    return [Line(case, who, median(taken)) for who, taken in found.items() if taken]


def ratio_of(
    what: str, found: Found, ours: str, theirs: str, figure: str, target: float | None = None
) -> list[Finding]:
    """The ratio of two medians, if both took part."""
    if not found.get(ours) or not found.get(theirs):
        return []
    value = _figure(found, ours, figure) / _figure(found, theirs, figure)
    return [Finding(what, value, target=target)]


def growth_of(
    what: str, found: Found, sizes: Mapping[str, int], figure: str, target: float | None = None
) -> list[Finding]:
    """What one more costs in milliseconds, from one size to the next.

    Args:
        what: costs; the sizes are added to it.
        found: the measurements.
        sizes: how many each that took part has, ascending.
        figure: which of the figures, in seconds.
        target: the most that one more may cost.
    """
    there = [(name, size) for name, size in sizes.items() if found.get(name)]
    findings = []
    for (small, fewer), (large, more) in pairwise(there):
        seconds = _figure(found, large, figure) - _figure(found, small, figure)
        cost = 1000 * seconds / (more - fewer)
        findings.append(Finding(f"{what}, {fewer} to {more}", cost, "ms", target))
    return findings


def most_of(
    what: str, found: Found, who: str, figure: str, unit: str, target: float | None = None
) -> list[Finding]:
    """One median by itself, if it was measured."""
    return [Finding(what, _figure(found, who, figure), unit, target)] if found.get(who) else []


def fastest(found: Found, names: Sequence[str]) -> str | None:
    """Which of some has the least wall time."""
    there = [name for name in names if found.get(name)]
    return min(there, key=lambda name: _figure(found, name, "wall"), default=None)


def _figure(found: Found, who: str, figure: str) -> float:
    return float(getattr(median(found[who]), figure))
