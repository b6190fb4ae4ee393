"""Publishing again, and what that wrote and read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from repo_stats.report.publish import Publication, publish
from repo_stats_tests.helpers.counted_files import CountedFiles
from repo_stats_tests.helpers.report_data import NOW

REPOS = ["acme/rocket", "acme/tiny", "octo/one"]

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Again:
    """What a second publication did.

    Attributes:
        publication: what it returned.
        pages: the repositories whose pages it wrote.
        owners: the owners whose pages it wrote.
        tables: the repositories whose tables it read.
    """

    publication: Publication
    pages: set[str]
    owners: set[str]
    tables: set[str]


def publish_again(root: Path, now: datetime = NOW + HOUR, repos: list[str] = REPOS) -> Again:
    files = CountedFiles(str(root))
    report = root / "report"
    before = {path: path.stat().st_ino for path in report.rglob("*.html")}
    publication = publish(files, repos, now)
    written = {path for path in report.rglob("*.html") if before.get(path) != path.stat().st_ino}
    names = {str(path.relative_to(report).with_suffix("")) for path in written}
    tables = {path.partition("/")[2].removesuffix(".parquet") for path in files.read_tables}
    owners = {name.removeprefix("_owners/") for name in names if name.startswith("_owners/")}
    return Again(publication, names & set(REPOS), owners, tables & set(REPOS))
