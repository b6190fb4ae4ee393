"""The pages of the report: which charts, numbers and texts each of them shows, as HTML."""

from collections.abc import Collection
from urllib.parse import quote

from repo_stats.report.addresses import COMPARE_PAGE
from repo_stats.report.audience_sections import MOST_ASSETS, audience_charts, audience_lines
from repo_stats.report.bars import age_bars, author_bars, group_ages
from repo_stats.report.chart_script import chart_script_version
from repo_stats.report.chart_sections import AUTHORS, ChartSection
from repo_stats.report.data import RepositoryReport
from repo_stats.report.number_tables import make_number_table
from repo_stats.report.numbers import RepositoryNumbers
from repo_stats.report.takeaways.badges import BADGES
from repo_stats.report.takeaways.repository_files import PICTURES
from repo_stats.report.templating import fill_template
from repo_stats.report.times import times_path

CHART_TITLES = {
    "stars": (
        "How are the stars growing?",
        "Stars that are still held, by the day on which they were given; and the stars that the "
        "last refresh of each day (UTC) has seen.",
    ),
    "backlog": (
        "Is the backlog growing?",
        "Open issues and pull requests at the end of each day (UTC).",
    ),
    "ages": ("How old are the open items?", "Open issues and pull requests by age."),
    AUTHORS: ("Who opened the most open items?", "Open issues and pull requests by author."),
    "flow": (
        "Are more items closed than opened?",
        "Issues and pull requests opened and closed in each complete week.",
    ),
    "closing": (
        "How long does closing take?",
        "The days from opening to closing within which half, and nine of ten, of the items closed "
        "in each complete month were closed.",
    ),
    "outcomes": (
        "What becomes of pull requests?",
        "Pull requests merged, and closed without a merge, in each complete week.",
    ),
    "merging": (
        "How long does merging take?",
        "The days from opening to merging within which half of the pull requests merged in each "
        "complete month were merged.",
    ),
}
"""The question that each chart of a repository's page answers, and what its numbers are."""

MISSING = {
    "stars": "A chart of the stars appears here when GitHub has told the days on which they were "
    "given, or else from the second day of refreshes.",
    "backlog": "A chart of the backlog appears here from the second day of refreshes.",
    "ages": "Nothing is open.",
    AUTHORS: "Nothing is open.",
    "flow": "Set history: true in the watchlist to see how many items open and close each week.",
    "closing": "Set history: true in the watchlist to see how long closing takes.",
    "outcomes": "Set history: true in the watchlist to see how many pull requests are merged.",
    "merging": "Set history: true in the watchlist to see how long merging takes.",
}
"""The text in place of a chart that has no numbers yet."""


def make_numbers(report: RepositoryReport) -> RepositoryNumbers:
    """The numbers of a repository's charts; charts of lines without enough are left out."""
    lines = {
        "stars": make_number_table(report.stars, "stars"),
        "backlog": make_number_table(report.backlog, "backlog"),
        "flow": make_number_table(report.flow, "flow"),
        "closing": make_number_table(report.closing, "closing"),
        "outcomes": make_number_table(report.outcomes, "outcomes"),
        "merging": make_number_table(report.merging, "merging"),
        **audience_lines(report.audience),
    }
    return RepositoryNumbers(
        repo=report.repo,
        lines={name: table for name, table in lines.items() if len(table.days) > 1},
        ages=group_ages(report.ages),
    )


def make_repository_page(
    report: RepositoryReport, numbers: RepositoryNumbers, tables: Collection[str]
) -> str:
    """The page of a repository.

    Args:
        report: what is shown of it.
        numbers: of its charts, see `make_numbers`.
        tables: the names of those that are in files of their own, see `list_tables`.
    """
    own_name = quote(report.repo.partition("/")[2])
    bars = {"ages": age_bars(numbers.ages), AUTHORS: author_bars(report.authors)}
    charts = [
        ChartSection(
            name,
            question,
            meaning,
            report.unreadable.get(name, MISSING[name]),
            numbers.lines.get(name),
            bars.get(name, ()),
            lack=report.unreadable.get(name, ""),
            files=f"{own_name}.{name}" if name in tables else "",
        )
        for name, (question, meaning) in CHART_TITLES.items()
    ]
    return fill_template(
        "repository.html.j2",
        report=report,
        charts=charts,
        audience_charts=audience_charts(numbers.lines, report.unreadable, own_name, tables),
        most_assets=MOST_ASSETS,
        to_root="../",
        compare_address=f"{COMPARE_PAGE}#repos={quote(report.repo)}",
        times=quote(times_path(report.repo.partition("/")[0])),
        script_version=chart_script_version(),
        scripts=("page.js", "wide.js", "elsewhere.js"),
        own_name=own_name,
        pictures={name: title for name, title in PICTURES.items() if name in numbers.lines},
        badges=BADGES,
    )
