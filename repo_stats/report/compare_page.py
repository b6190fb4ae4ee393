"""The page that compares repositories: its script loads their numbers, and draws common charts."""

from collections.abc import Sequence

from repo_stats.report.chart_script import chart_script_version
from repo_stats.report.templating import fill_template

MOST_COMPARED = 6

COMPARED_CHARTS = {
    "stars": (
        "Whose stars are growing?",
        "Stars that are still held, by the day on which they were given. Where GitHub does not "
        "tell it, the stars that were seen at the end of each day (UTC).",
    ),
    "open": (
        "Whose backlog is growing?",
        "Open issues and pull requests together, at the end of each day (UTC).",
    ),
    "opened": (
        "Where is most opened?",
        "Issues and pull requests opened in each complete week.",
    ),
    "closed": (
        "Where is most closed?",
        "Issues and pull requests closed in each complete week.",
    ),
    "closing": (
        "Where does closing take longest?",
        "The days from opening to closing within which half of the items closed in each complete "
        "month were closed.",
    ),
}
"""The question that each chart answers, and what its numbers are."""


def make_compare_page(repos: Sequence[str]) -> str:
    """The text of the page.

    Args:
        repos: those that one can choose.
    """
    return fill_template(
        "compare.html.j2",
        scripts=("page.js", "compare_numbers.js", "compare.js"),
        styles=("style.css", "compare.css"),
        repos=sorted(repos, key=str.lower),
        charts=COMPARED_CHARTS,
        most=MOST_COMPARED,
        script_version=chart_script_version(),
    )
