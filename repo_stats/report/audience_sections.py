"""The sections of a repository's page about its traffic and its downloads, where there are any."""

from collections.abc import Collection, Mapping
from typing import Any

from repo_stats.report.audience import Audience
from repo_stats.report.chart_sections import ChartSection
from repo_stats.report.number_tables import NumberTable, make_number_table

MOST_ASSETS = 25
"""The most release assets on a page; their file has all."""

_TITLES: Mapping[str, tuple[str, str]] = {
    "views": (
        "How many people look at it?",
        "Views and distinct visitors of each day (UTC). Visitors of several days do not add up.",
    ),
    "clones": (
        "How often is it cloned?",
        "Clones and distinct cloners of each day (UTC), machines included. Cloners of several days "
        "do not add up.",
    ),
    "downloads": (
        "How often are its releases downloaded?",
        "Downloads of all release assets so far, also of those that are gone, by the day (UTC) on "
        "which they were read.",
    ),
}
"""The question that each chart answers, and what its numbers are."""


def audience_lines(audience: Audience) -> dict[str, NumberTable]:
    """The numbers of the charts."""
    return {
        name: make_number_table(getattr(audience, name), name)
        for name in _TITLES
        if getattr(audience, name)
    }


def audience_charts(
    lines: Mapping[str, NumberTable],
    unreadable: Mapping[str, str],
    own_name: str,
    tables: Collection[str],
) -> list[ChartSection]:
    """The sections with charts.

    Args:
        lines: the numbers of all charts of the page.
        unreadable: why tables cannot be read, by the name of the chart.
        own_name: the name of the page's files.
        tables: the names of the tables that are in files of their own.
    """
    return [
        ChartSection(
            name,
            question,
            meaning,
            unreadable.get(name, ""),
            lines.get(name),
            files=f"{own_name}.{name}" if name in tables else "",
        )
        for name, (question, meaning) in _TITLES.items()
        if name in lines or name in unreadable
    ]


def audience_tables(audience: Audience) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables that are no charts, by the names of their files."""
    return {
        "referrers": audience.referrers,
        "paths": audience.paths,
        "assets": audience.assets,
    }
