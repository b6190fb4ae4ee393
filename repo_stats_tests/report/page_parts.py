"""Parts of a page of the report."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from repo_stats.report.data import RepositoryReport
from repo_stats.report.number_tables import NumberTable
from repo_stats.report.pages import make_numbers, make_repository_page
from repo_stats.report.takeaways.number_files import list_tables


def table_of(kinds: Sequence[str], rows: Sequence[tuple[str, Sequence[Any]]]) -> NumberTable:
    """A table of numbers, written row by row."""
    days = [(date.fromisoformat(day) - date(1970, 1, 1)).days for day, _ in rows]
    return NumberTable(
        kinds, days, [list(column) for column in zip(*(v for _, v in rows), strict=True)]
    )


def page_of(report: RepositoryReport) -> str:
    """The page of a repository."""
    numbers = make_numbers(report)
    return make_repository_page(report, numbers, list_tables(report, numbers))


def sections(page: str) -> dict[str, str]:
    """What is under each heading of a page."""
    parts = re.findall(r"<h2>([^<]+)</h2>(.*?)</section>", page, re.DOTALL)
    return dict(parts)


def texts(part: str) -> list[str]:
    """The paragraphs of a part of a page."""
    return re.findall(r"<p[^>]*>([^<]*)</p>", part)
