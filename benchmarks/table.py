"""The table of results and the table of findings with their targets, as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measuring import Measurement

HEADER = (
    *("case", "who", "wall s", "CPU s", "peak MB", "requests", "charged", "sent MB"),
    *("before s", "asking s", "after s", "rows"),
)
_DIGITS = {"wall": 2, "cpu": 2, "peak_mb": 0, "requests": 0, "charged": 0, "sent_mb": 2}
_OPTIONAL_DIGITS = {"before": 2, "asking": 2, "after": 2, "rows": 0}


@dataclass(frozen=True)
class Line:
    """The figures of one variant in a case.

    Attributes:
        case: the name of the case.
        who: the name of the variant.
        figures: the medians of its measurements.
    """

    case: str
    who: str
    figures: Measurement


@dataclass(frozen=True)
class Finding:
    """A ratio or cost that matters.

    Attributes:
        what: its name.
        value: the figure.
        unit: the unit of the figure; empty for a ratio.
        target: the highest value that is acceptable; None if there is no target.
    """

    what: str
    value: float
    unit: str = ""
    target: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the target is met, in a word; empty if there is none."""
        if self.target is None:
            return ""
        return "met" if self.value <= self.target else "MISSED"


@dataclass(frozen=True)
class Result:
    """What a case found.

    Attributes:
        lines: a line for each variant that took part.
        findings: the figures that matter.
    """

    lines: Sequence[Line] = ()
    findings: Sequence[Finding] = ()


def format_lines(lines: Sequence[Line]) -> str:
    """The measurements as a Markdown table."""
    return format_table(HEADER, [_cells(line) for line in lines], words=2)


def format_findings(findings: Sequence[Finding]) -> str:
    """The findings with their targets, as a Markdown table."""
    rows = [
        (
            finding.what,
            _with_unit(finding.value, finding.unit),
            "" if finding.target is None else f"≤ {_with_unit(finding.target, finding.unit)}",
            finding.verdict,
        )
        for finding in findings
    ]
    return format_table(("what counts", "measured", "target", "verdict"), rows)


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A Markdown table with aligned columns.

    Args:
        header: the names of the columns.
        rows: the cells of each row.
        words: how many of the first columns are words; the others are figures.
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = [
        "-" * width if index < words else f"{'-' * (width - 1)}:"
        for index, width in enumerate(widths)
    ]
    return "\n".join(_format_row(row, widths, words) for row in [header, rule, *rows])


def _format_row(cells: Sequence[str], widths: Sequence[int], words: int) -> str:
    padded = [
        cell.ljust(width) if index < words else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _cells(line: Line) -> list[str]:
    digits = {**_DIGITS, **_OPTIONAL_DIGITS}
    return [line.case, line.who, *(_number(getattr(line.figures, n), d) for n, d in digits.items())]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.2f}" if not unit else f"{value:,.1f} {unit}"
