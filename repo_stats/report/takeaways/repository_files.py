"""All files that are beside the page of a repository, for others to take."""

from collections.abc import Mapping

import pyarrow as pa

from repo_stats.report.data import RepositoryReport
from repo_stats.report.numbers import RepositoryNumbers
from repo_stats.report.takeaways.badges import make_badges
from repo_stats.report.takeaways.number_files import to_csv, to_json
from repo_stats.report.takeaways.pictures import draw_pictures

PICTURES = {"stars": "Stars", "backlog": "Open issues and pull requests"}
"""The charts that there are pictures of, with their titles."""


def make_takeaways(
    report: RepositoryReport, numbers: RepositoryNumbers, tables: Mapping[str, pa.Table]
) -> dict[str, bytes]:
    """The files of a repository, by their paths in the report's folder.

    No two repositories share a path: the name of each is followed by one of a few endings, none of
    which is the end of another.

    Args:
        report: what is shown of it.
        numbers: of its charts.
        tables: of its page, see `list_tables`.
    """
    files: dict[str, bytes] = {}
    for name, table in tables.items():
        files[f"{report.repo}.{name}.csv"] = to_csv(table)
    files[f"{report.repo}.numbers.json"] = to_json(tables)
    for name, drawn in PICTURES.items():
        if name in numbers.lines:
            title, from_zero = f"{report.repo}: {drawn.lower()}", name != "stars"
            pictures = draw_pictures(title, numbers.lines[name], from_zero=from_zero)
            files |= {f"{report.repo}.{name}{theme}.svg": svg for theme, svg in pictures.items()}
    for name, content in make_badges(report.numbers).items():
        files[f"{report.repo}.badge-{name}.json"] = content
    return files
