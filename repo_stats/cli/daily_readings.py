"""What `repo-stats refresh` reads once a day, beside what it refreshes each time.

The imports are inside the functions, because they are slow and `--help` does not need them.
"""

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from repo_stats.config.marks import Mark
from repo_stats.config.settings import Settings

if TYPE_CHECKING:
    from repo_stats.warehouse.files import Files

DAILY: tuple[Mark, ...] = ("traffic", "downloads")
"""The marks of what is read once a day."""

_NAMES = {"traffic": "The traffic", "downloads": "The release downloads"}


def read_daily(files: "Files", settings: Settings, *, force: bool) -> dict[str, str]:
    """Read traffic and downloads of the repositories that were not asked today.

    Args:
        files: of the warehouse.
        settings: with the marks.
        force: ask all of them.

    Returns:
        Why something could not be read now, by a name of it: `The traffic of acme/rocket`.

    Raises:
        JobError: a step failed.
        WarehouseError: it is not known what was asked today.
    """
    from repo_stats.cli.run_jobs import read_marked
    from repo_stats.warehouse.daily_reads import DailyReads
    from repo_stats.warehouse.stale import DOWNLOADS_FAILURES, TRAFFIC_FAILURES, RefreshFailures

    folders = {"traffic": TRAFFIC_FAILURES, "downloads": DOWNLOADS_FAILURES}
    unread: dict[str, str] = {}
    for mark in DAILY:
        repos = settings.marked(mark)
        due = DailyReads(files, mark).find_ready(repos, datetime.now(timezone.utc))
        asked = list(repos) if force else due
        if asked:
            read_marked(mark, force=force)
            failures = RefreshFailures(files, folders[mark]).find_all(asked)
            unread |= {f"{_NAMES[mark]} of {r}": each.reason for r, each in failures.items()}
    return unread
