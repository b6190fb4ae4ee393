"""The page of an owner: the sums over its repositories, and a table of them."""

from collections.abc import Sequence
from urllib.parse import quote

from repo_stats.report.addresses import COMPARE_PAGE, page_path
from repo_stats.report.bars import age_bars
from repo_stats.report.chart_script import chart_script_version
from repo_stats.report.chart_sections import ChartSection
from repo_stats.report.compare_page import MOST_COMPARED
from repo_stats.report.index_rows import IndexRow, sum_up
from repo_stats.report.number_tables import NumberTable, first_kind
from repo_stats.report.numbers import RepositoryNumbers
from repo_stats.report.owner_sums import sum_ages, sum_events, sum_states
from repo_stats.report.pages import MISSING
from repo_stats.report.templating import fill_template

_UNSURE = ("growth_7", "growth_30", "oldest")
"""The columns that are left out if no repository has a value."""

_SINCE = "A repository counts from the first day that is known of it."


def make_owner_page(
    owner: str, rows: Sequence[IndexRow], numbers: Sequence[RepositoryNumbers]
) -> str:
    """The text of the page.

    Args:
        owner: a user or an organisation.
        rows: of its repositories, the ones with the most stars first.
        numbers: of the charts of its repositories.
    """
    busiest = [quote(row.repo) for row in rows[:MOST_COMPARED]]
    return fill_template(
        "owner.html.j2",
        owner=owner,
        rows=rows,
        totals=sum_up(rows, owner),
        has={name: any(getattr(row, name) is not None for row in rows) for name in _UNSURE},
        charts=_make_charts(numbers),
        to_root="../",
        page_address=lambda repo: quote(page_path(repo)),
        compare_address=f"{COMPARE_PAGE}#repos={','.join(busiest)}",
        compared=len(busiest),
        script_version=chart_script_version(),
    )


def _make_charts(numbers: Sequence[RepositoryNumbers]) -> list[ChartSection]:
    def tables(name: str) -> list[NumberTable]:
        return [each.lines[name] for each in numbers if name in each.lines]

    flows = tables("flow")
    return [
        ChartSection(
            "stars",
            "How are the stars growing?",
            "Stars of its repositories that are still held, by the day on which they were given. "
            f"Where GitHub does not tell it, those that were seen. {_SINCE}",
            MISSING["stars"],
            table=_or_none(sum_states([first_kind(table, "stars") for table in tables("stars")])),
        ),
        ChartSection(
            "backlog",
            "Is the backlog growing?",
            f"Open issues and pull requests at the end of each day (UTC). {_SINCE}",
            MISSING["backlog"],
            table=_or_none(sum_states(tables("backlog"))),
        ),
        ChartSection(
            "ages",
            "How old are the open items?",
            "Open issues and pull requests by age.",
            MISSING["ages"],
            bars=age_bars(sum_ages([each.ages for each in numbers])),
        ),
        ChartSection(
            "flow",
            "Are more items closed than opened?",
            "Issues and pull requests opened and closed in each complete week. "
            f"Known for {len(flows)} of its {len(numbers)} repositories.",
            MISSING["flow"],
            table=_or_none(sum_events(flows)),
        ),
    ]


def _or_none(table: NumberTable) -> NumberTable | None:
    return table if len(table.days) > 1 else None
