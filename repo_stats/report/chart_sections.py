"""What a page says of a chart: the question it answers, and how to read its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repo_stats.report.bars import Bar
from repo_stats.report.charts import COLOURS
from repo_stats.report.number_tables import NumberTable, thin_days, write_rows

AUTHORS = "authors"
"""A chart of bars, as that of ages: their names need room, and their numbers are beside them."""

BAR_COLUMNS: Mapping[str, Sequence[str]] = {
    "ages": ("Age", "issues", "pull requests"),
    AUTHORS: ("Author", "open items"),
}
"""The headings of charts of bars."""

READINGS: Mapping[str, Mapping[str, str]] = {
    "flow": {"before": "week of "},
    "closing": {"before": "month of ", "unit": "days"},
    "outcomes": {"before": "week of "},
    "merging": {"before": "month of ", "unit": "days"},
}
"""What stands before the day, and what the unit is, where one reads the numbers of a day."""


@dataclass(frozen=True)
class ChartSection:
    """A section of a page with a chart, of lines or of bars; or with a text in its place.

    Attributes:
        name: of the chart.
        question: that it answers.
        meaning: what its numbers are.
        missing: the text in its place if there are no numbers.
        table: the numbers of lines.
        bars: the bars.
        lack: why the numbers lack a part; empty if they do not.
        files: the address of the files with all its numbers, without their endings; empty if there
            are none.
    """

    name: str
    question: str
    meaning: str
    missing: str
    table: NumberTable | None = None
    bars: Sequence[Bar] = ()
    lack: str = ""
    files: str = ""

    @property
    def rows(self) -> str:
        """The rows of the days that the page has room for, as HTML."""
        return "" if self.table is None else write_rows(thin_days(self.table))

    @property
    def columns(self) -> Sequence[str]:
        """The headings of the bars."""
        return BAR_COLUMNS[self.name]

    @property
    def legend(self) -> list[tuple[str, str]]:
        """What the colours that it has stand for, see `legend`."""
        kinds = None if self.table is None else self.table.kinds
        return [entry for entry in legend(self.name) if kinds is None or entry[0] in kinds]

    @property
    def reading(self) -> Mapping[str, str]:
        """The words around the numbers of a day."""
        return READINGS.get(self.name, {})


def legend(chart: str) -> list[tuple[str, str]]:
    """What the colours of a chart stand for, each with its class in the style sheet."""
    return [(kind, kind.replace(" ", "-")) for kind in COLOURS.get(chart, {})]
