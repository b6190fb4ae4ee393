"""Refreshing repositories from the command line, and printing what came of it."""

import click

from repo_stats.config.settings import load_settings


def refresh_and_print(*, force: bool) -> None:
    """Refresh the watchlist, and print its statistics and what is stale.

    Args:
        force: fetch everything anew, whatever is stored and however fresh.

    Raises:
        ClickException: a step failed.
        SettingsError: a setting is malformed or out of its range.
        WatchlistError: the watchlist is.
    """
    from repo_stats.cli.run_jobs import RefreshError, refresh_history, refresh_watchlist
    from repo_stats.metrics.summary import format_statistics
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.schemas import REPO_STATISTICS
    from repo_stats.warehouse.stale import SYNC_FAILURES, RefreshFailures
    from repo_stats.warehouse.tables import Tables

    settings = load_settings()
    try:
        refresh_watchlist(force=force)
        if settings.history_repos:
            refresh_history(force=force)
    except RefreshError as error:
        raise click.ClickException(str(error)) from None
    files = Files(settings.warehouse)
    tables = Tables(files)
    stored = [repo for repo in settings.repos if tables.has(REPO_STATISTICS, repo)]
    for row in tables.read(REPO_STATISTICS, stored).to_dict("records"):
        click.echo(format_statistics(row))
    for problem in filter(None, map(RefreshFailures(files).find, settings.repos)):
        click.echo(f"{problem.repo} is stale: {problem.reason}", err=True)
    histories = RefreshFailures(files, SYNC_FAILURES)
    for problem in filter(None, map(histories.find, settings.history_repos)):
        click.echo(f"All items of {problem.repo} are stale: {problem.reason}", err=True)
