"""The first page: all repositories in a table, which its script searches, filters and sorts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from repo_stats.report.addresses import owner_path, page_path
from repo_stats.report.bars import comparison_bars
from repo_stats.report.chart_sections import legend
from repo_stats.report.index_rows import IndexRow, comparison_rows, sum_by_owner, sum_up
from repo_stats.report.repository_pages import SHOWN
from repo_stats.report.templating import fill_template

STYLES = ("style.css", "index.css")

SCRIPTS = ("page.js", "index_rows.js", "index_table.js", "index_controls.js")


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        key: the attribute of a row that it shows.
        label: its heading.
        kind: how its values are written, and whether they are numbers.
        meaning: what it says, where the heading does not; empty if it does.
    """

    key: str
    label: str
    kind: str
    meaning: str = ""


COLUMNS = (
    Column("rank", "Rank", "number", "by stars, equals share one"),
    Column("repo", "Repository", "name"),
    Column("language", "Language", "text"),
    Column("stars", "Stars", "number"),
    Column("trend", "Trend", "trend", "the stars over time"),
    Column("growth_7", "7 days", "signed", "stars gained in that time"),
    Column("growth_30", "30 days", "signed", "stars gained in that time"),
    Column("forks", "Forks", "number"),
    Column("open_issues", "Issues", "number", "open ones"),
    Column("open_pull_requests", "Pull requests", "number", "open ones, including drafts"),
    Column("per_user", "Per user", "decimal", "open issues and pull requests per distinct author"),
    Column(
        "days_open", "Days open", "number", "half of the open issues have been open for this long"
    ),
    Column("snapshot_at", "Data from", "age"),
)

_HIDDEN = ("description", "topics", "is_archived", "is_exact", "oldest")
"""What the script takes of a row beside its columns."""


def make_index(
    rows: Sequence[IndexRow],
    absent: Mapping[str, str],
    owners: Iterable[str],
    made_at: datetime,
) -> str:
    """The text of the page.

    Args:
        rows: of all repositories, the ones with the most stars first.
        absent: why other repositories are left out, by their owner/name.
        owners: those that have a page of their own.
        made_at: the current time (UTC).
    """
    notices = [(row.repo, f"has been stale {row.stale}") for row in rows if row.stale]
    notices += [(repo, f"is left out: {reason}") for repo, reason in absent.items()]
    columns = [column for column in COLUMNS if any(_has(row, column.key) for row in rows)]
    return fill_template(
        "index.html.j2",
        styles=STYLES,
        scripts=SCRIPTS,
        rows=rows,
        columns=columns,
        data={name: _values(rows, name) for name in (*(c.key for c in columns), *_HIDDEN)},
        totals=sum_up(rows),
        owners=sum_by_owner(rows),
        owner_pages={owner: quote(owner_path(owner)) for owner in owners},
        languages=sorted({row.language for row in rows if row.language}, key=str.lower),
        has_archived=any(row.is_archived for row in rows),
        notices=notices,
        bars=comparison_bars(comparison_rows(rows)),
        legend=legend("comparison"),
        page_address=lambda repo: quote(page_path(repo)),
        data_tables=[schema.name for schema in SHOWN],
        made_at=made_at,
    )


def _has(row: IndexRow, key: str) -> bool:
    return getattr(row, key) not in (None, "")


def _values(rows: Sequence[IndexRow], name: str) -> list[Any]:
    """A column as the script takes it: short, and without types that JSON lacks."""
    values = [getattr(row, name) for row in rows]
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    return int(value) if isinstance(value, bool) else value
