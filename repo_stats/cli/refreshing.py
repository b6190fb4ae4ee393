"""What `repo-stats refresh` and `repo-stats demo` share: a refresh, and what is printed after it.

The imports are inside the functions, because they are slow and `--help` does not need them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from repo_stats.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from repo_stats.warehouse.files import Files


def refresh_and_print(*, force: bool, watched: Sequence[str] = ()) -> None:
    """Refresh the watchlist, then print its statistics and which repositories are stale.

    Args:
        force: fetch everything again, even what is stored and fresh.
        watched: repositories whose stored tables never move to another name, besides those of the
            watchlist.

    Raises:
        JobError: a step failed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    from repo_stats.cli.run_jobs import refresh_watchlist, sync_all_items
    from repo_stats.warehouse.files import Files

    settings = load_settings()
    refresh_watchlist(force=force, watched=watched)
    if settings.history_repos:
        sync_all_items(force=force)
    files = Files(settings.warehouse)
    _print_statistics(files, settings)
    _print_failures(files, settings)


def _print_statistics(files: "Files", settings: Settings) -> None:
    from repo_stats.metrics.summary import format_statistics
    from repo_stats.warehouse.schemas import REPO_STATISTICS
    from repo_stats.warehouse.tables import Tables

    tables = Tables(files)
    stored = [repo for repo in settings.repos if tables.has(REPO_STATISTICS, repo)]
    for row in tables.read(REPO_STATISTICS, stored).to_dict("records"):
        click.echo(format_statistics(row))


def _print_failures(files: "Files", settings: Settings) -> None:
    from repo_stats.warehouse.stale import SYNC_FAILURES, RefreshFailures

    for failure in filter(None, map(RefreshFailures(files).find, settings.repos)):
        click.echo(f"{failure.repo} is stale: {failure.reason}", err=True)
    sync_failures = RefreshFailures(files, SYNC_FAILURES)
    for failure in filter(None, map(sync_failures.find, settings.history_repos)):
        click.echo(f"All items of {failure.repo} are stale: {failure.reason}", err=True)
