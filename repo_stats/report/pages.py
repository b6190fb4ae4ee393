"""The pages: HTML text of what is to be shown, complete in itself.

Everything that other people wrote is escaped. No page may load or send anything: its policy allows
its own style and script, by their hashes, and nothing else.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from repo_stats.report.charts import COLOURS
from repo_stats.report.data import Records, RepositoryReport

GENERATOR = "repo_stats"
"""What pages say they were made by."""


SPARK_WIDTH, SPARK_HEIGHT = 96, 22


AUTHORS = "authors"
"""The one chart that is a table with bars: of names there is more to read than to see."""


CHART_TITLES = {
    "stars": ("How do the stars grow?", "Users who starred it, at the end of each day (UTC)."),
    "backlog": ("Does the backlog grow?", "Open issues and pull requests at each day's end (UTC)."),
    "ages": ("How old is what is open?", "Open items by the time since they were opened."),
    AUTHORS: ("Who opened most of what is open?", "Open issues and pull requests by author."),
    "flow": ("Is more closed than opened?", "Issues and pull requests in each whole week."),
    "closing": (
        "How long does closing take?",
        "Days from opening to closing, of what was closed in each whole month.",
    ),
}
"""What each chart of a repository's page asks, and what its numbers are."""


MISSING = {
    "stars": "From the second day of refreshes on, a chart of the stars is here.",
    "backlog": "From the second day on, a chart of the backlog is here.",
    "ages": "Nothing is open.",
    AUTHORS: "Nothing is open.",
    "flow": "With history: true in the watchlist, what is opened and closed each week is here.",
    "closing": "With history: true in the watchlist, how long closing takes is here.",
}
"""What stands where there are no numbers for a chart yet."""


def chart_rows(report: RepositoryReport) -> dict[str, Records]:
    """The numbers of each chart of a repository's page for which there are enough."""
    has_open = any(row["value"] for row in report.ages)
    rows: dict[str, Records] = {
        "stars": report.stars if _is_course(report.stars) else [],
        "backlog": report.backlog if _is_course(report.backlog) else [],
        "ages": report.ages if has_open else [],
        "flow": report.flow if _is_course(report.flow) else [],
        "closing": report.closing if _is_course(report.closing) else [],
    }
    return {name: numbers for name, numbers in rows.items() if numbers}


def _is_course(rows: Records) -> bool:
    """Whether there are numbers of two days at least, which a line takes."""
    return len({row["day"] for row in rows}) > 1


def comparison_rows(reports: Sequence[RepositoryReport], most: int = 20) -> Records:
    """Open items of the repositories that have most of them, for the chart of the first page."""
    busiest = sorted(reports, key=lambda report: -int(report.numbers["open_items"]))[:most]
    return [
        {"name": report.repo, "kind": kind, "value": int(report.numbers[column])}
        for report in busiest
        for kind, column in (("issues", "open_issues"), ("pull requests", "open_pull_requests"))
    ]


def page_path(repo: str) -> str:
    """Where a repository's page is, below the report."""
    return f"{repo}.html"


def make_repository_page(report: RepositoryReport, drawings: Mapping[str, str]) -> str:
    """The page of a repository.

    Args:
        report: what is shown of it.
        drawings: its charts as SVG, by name.
    """
    from markupsafe import Markup

    rows = chart_rows(report)
    charts = [
        {
            "question": question,
            "meaning": meaning,
            "drawing": Markup(drawings[name]) if name in drawings else None,  # noqa: S704
            "rows": rows.get(name, []),
            "bars": _author_bars(report) if name == AUTHORS else [],
            "missing": MISSING[name],
            "legend": legend(name),
        }
        for name, (question, meaning) in CHART_TITLES.items()
    ]
    return _render("repository.html.j2", report=report, charts=charts, to_root="../")


def _author_bars(report: RepositoryReport) -> Records:
    """The busiest authors, with the lengths of their bars in percent of the longest."""
    longest = max((int(author["open_items"]) for author in report.authors), default=0)
    return [
        {
            "name": str(author["user"]),
            "kind": "bots" if author["user_type"] == "Bot" else "people",
            "value": int(author["open_items"]),
            "length": round(100 * int(author["open_items"]) / longest, 1),
        }
        for author in report.authors
    ]


def make_index(
    reports: Sequence[RepositoryReport],
    absent: Mapping[str, str],
    drawing: str,
    made_at: datetime,
) -> str:
    """The first page: all repositories beside each other.

    Args:
        reports: what is shown of each.
        absent: why there is nothing to show of others, by repository.
        drawing: the chart that compares them, as SVG.
        made_at: the present (UTC).
    """
    from markupsafe import Markup

    totals = {
        name: sum(int(report.numbers[name]) for report in reports)
        for name in ("stars", "open_issues", "open_pull_requests")
    }
    return _render(
        "index.html.j2",
        reports=reports,
        absent=absent,
        totals=totals,
        drawing=Markup(drawing),  # noqa: S704
        legend=legend("comparison"),
        made_at=made_at,
        to_root="",
    )


def legend(chart: str) -> list[tuple[str, str]]:
    """The kinds of things in a chart, and the class of each one's colour in the style sheet."""
    return [(kind, kind.replace(" ", "-")) for kind in COLOURS.get(chart, {})]


def draw_spark(rows: Records) -> str:
    """The course of a number as the path of a small SVG; empty if there is none to speak of."""
    values = [float(row["value"]) for row in rows]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    across = SPARK_WIDTH / (len(values) - 1)
    up = (SPARK_HEIGHT - 4) / (high - low) if high > low else 0.0
    points = [
        f"{place * across:.1f},{SPARK_HEIGHT - 2 - (value - low) * up:.1f}"
        for place, value in enumerate(values)
    ]
    return "M" + "L".join(points)


def frame_drawing(name: str, drawing: str) -> str:
    """A chart as a page has it: a figure that tells which chart it is the drawing of.

    It takes the width there is, and has no style of its own, which the page's policy forbids.
    """
    opening, rest = re.sub(r' style="[^"]*"', "", drawing).split(">", 1)
    opening = re.sub(r' (?:width|height)="[\d.]+"', "", opening)
    chart = opening.replace("<svg", '<svg class="chart"', 1)
    return f'<figure id="{name}">{chart}>{rest}</figure>'


def is_own(page: str) -> bool:
    """Whether a page was made here, and not by somebody who keeps files beside the report."""
    return f'<meta name="generator" content="{GENERATOR}">' in page


def find_drawings(page: str) -> dict[str, str]:
    """The figures on a page that was made before, by the names of their charts."""
    figures = re.finditer(r'<figure id="(chart-[0-9a-f]+)">.*?</figure>', page, re.DOTALL)
    return {figure[1]: figure[0] for figure in figures}


def _render(template: str, **values: Any) -> str:
    style, script = _resource("style.css"), _resource("page.js")
    return str(
        _environment()
        .get_template(template)
        .render(
            **values,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            spark=(SPARK_WIDTH, SPARK_HEIGHT),
            generator=GENERATOR,
        )
    )


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("repo_stats.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=_number,
        signed=_signed,
        decimal=_decimal,
        moment=lambda time: f"{time:%Y-%m-%d %H:%M} UTC",
        web=_web_address,
        path=lambda repo: quote(page_path(repo)),
        spark=draw_spark,
    )
    return environment


@cache
def _resource(name: str) -> str:
    return files("repo_stats.report").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _number(value: Any) -> str:
    return "-" if _is_missing(value) else f"{int(value):,}"


def _signed(value: Any) -> str:
    return "-" if _is_missing(value) else f"{int(value):+,}"


def _decimal(value: Any) -> str:
    return "-" if _is_missing(value) else f"{float(value):,.2f}"


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _web_address(text: Any) -> str | None:
    """An address that a link may lead to: other people could have written anything."""
    return str(text) if str(text).startswith(("https://", "http://")) else None
