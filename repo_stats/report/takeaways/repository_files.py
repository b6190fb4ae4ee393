"""All files that are beside the page of a repository, for others to take."""

from repo_stats.report.data import RepositoryReport
from repo_stats.report.takeaways.badges import make_badges
from repo_stats.report.takeaways.number_files import list_tables, make_number_files
from repo_stats.report.takeaways.pictures import draw_pictures
from repo_stats.warehouse.frames import Records

PICTURES = {"stars": "Stars", "backlog": "Open issues and pull requests"}
"""The charts that there are pictures of, with their titles."""


def make_takeaways(report: RepositoryReport) -> dict[str, bytes]:
    """The files of a repository, by their paths in the report's folder.

    No two repositories share a path, since the name of each is followed by a fixed ending of which
    none is the end of another.

    Args:
        report: what is shown of it.
    """
    files: dict[str, bytes] = {}
    for name, rows in list_tables(report).items():
        for form, content in make_number_files(rows).items():
            files[f"{report.repo}.{name}.{form}"] = content
    for name, rows in find_pictured(report).items():
        title = f"{report.repo}: {PICTURES[name].lower()}"
        for theme, content in draw_pictures(title, rows, name, from_zero=name != "stars").items():
            files[f"{report.repo}.{name}{theme}.svg"] = content
    for name, content in make_badges(report.numbers).items():
        files[f"{report.repo}.badge-{name}.json"] = content
    return files


def find_pictured(report: RepositoryReport) -> dict[str, Records]:
    """The numbers of the pictures; those that are known of a single day have none."""
    rows = {"stars": report.stars, "backlog": report.backlog}
    return {name: each for name, each in rows.items() if len({row["day"] for row in each}) > 1}
