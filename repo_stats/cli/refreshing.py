"""What `repo-stats refresh` and `repo-stats demo` share: a refresh, and what is printed after it.

The numbers go to standard output. What the refresh did goes to standard error, as progress does.

The imports are inside the functions, because they are slow and `--help` does not need them.
"""

from collections.abc import Collection, Container, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from repo_stats.cli.errors import JobError
from repo_stats.cli.notices import tell
from repo_stats.config.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from repo_stats.cli.stored_numbers import Comparison
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.stale import RefreshFailure

MOST_PRINTED = 10
"""The largest number of repositories whose statistics are printed after a refresh."""


def refresh_and_print(*, force: bool, strict: bool = False, watched: Sequence[str] = ()) -> None:
    """Refresh the watchlist, then print its statistics and what the refresh did.

    Args:
        force: fetch everything again, even what is stored and fresh.
        strict: fail if any repository or list could not be read, and not only if none could.
        watched: repositories whose stored tables never move to another name, besides those of the
            watchlist.

    Raises:
        JobError: a step failed, or no repository could be refreshed, or not all if it is strict.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
        WarehouseError: what its lists have brought in cannot be read.
    """
    from repo_stats.cli.daily_readings import read_daily
    from repo_stats.cli.listed_repositories import read_lists
    from repo_stats.cli.run_jobs import refresh_watchlist, sync_all_items
    from repo_stats.cli.stored_numbers import compare_numbers, find_numbers
    from repo_stats.warehouse.files import Files

    unread: list[str] = []
    settings = read_lists(force=force, unread=unread)
    files = Files(settings.warehouse)
    before = find_numbers(files, settings.repos)
    try:
        refresh_watchlist(force=force, watched=watched)
        if settings.history_repos:
            sync_all_items(force=force)
        daily = read_daily(files, settings, force=force)
    except JobError as error:
        # The others may have been refreshed. Numbers that are not new would look as if they were.
        _print_what_was_refreshed(files, settings, before.times, str(error))
        raise
    compared = compare_numbers(files, before, settings.repos)
    failures = _find_failures(files, settings)
    if len(failures) == len(settings.repos):
        raise JobError("\n".join(dict.fromkeys(failure.reason for failure in failures.values())))
    _print_statistics(files, compared.now.times)
    _print_summary(settings, compared, failures)
    lines = [
        *_describe_failures(failures, compared.now.times),
        *_describe_other_failures(files, settings, failures, daily),
    ]
    _end(lines, [*unread, *lines] if strict else [])


def _end(lines: Sequence[str], errors: Sequence[str]) -> None:
    """Print what could not be read, or fail because of it."""
    if errors:
        raise JobError("\n".join(errors))
    for line in lines:
        tell(line)


def _print_what_was_refreshed(
    files: "Files", settings: Settings, before: "Mapping[str, datetime]", said: str
) -> None:
    """Print the numbers that are newer than before, and why others are not unless it was said."""
    from repo_stats.cli.stored_numbers import find_numbers

    now = find_numbers(files, settings.repos).times
    later = [repo for repo, moment in now.items() if moment != before.get(repo)]
    _print_statistics(files, later)
    for line in _describe_failures(_find_failures(files, settings), now, said):
        tell(line)


def _find_failures(files: "Files", settings: Settings) -> "dict[str, RefreshFailure]":
    from repo_stats.warehouse.stale import RefreshFailures

    return RefreshFailures(files).find_all(settings.repos)


def _print_statistics(files: "Files", repos: Collection[str]) -> None:
    from repo_stats.cli.stored_numbers import read_rows
    from repo_stats.metrics.summary import format_statistics

    if len(repos) <= MOST_PRINTED:
        for row in read_rows(files, repos).values():
            click.echo(format_statistics(row))


def _print_summary(
    settings: Settings, compared: "Comparison", failures: Mapping[str, "RefreshFailure"]
) -> None:
    """Print what changed and, if there are several repositories, how many became what."""
    from repo_stats.cli.refresh_summary import count_fates, describe_changes

    for line in describe_changes(compared.rows_before, compared.rows_now):
        click.echo(line, err=True)
    if len(settings.repos) > 1:
        fates = [compared.find_fate(repo, failed=repo in failures) for repo in settings.repos]
        click.echo(count_fates(fates), err=True)
    if len(compared.now.times) > MOST_PRINTED:
        click.echo("All numbers: repo-stats show", err=True)


def _describe_failures(
    failures: Mapping[str, "RefreshFailure"], stored: Container[str], said: str = ""
) -> list[str]:
    """Why repositories could not be read, unless that was said already."""
    from repo_stats.cli.refresh_summary import cut_off
    from repo_stats.cli.stored_statistics import name_failure

    lines = [
        f"{repo} {name_failure(is_stored=repo in stored)}: {failure.reason}"
        for repo, failure in failures.items()
        if failure.reason not in said
    ]
    return cut_off(lines, "could not be read")


def _describe_history_failures(
    files: "Files", settings: Settings, said: Mapping[str, "RefreshFailure"]
) -> list[str]:
    """For which repositories closed items could not be read, unless the reason is known."""
    from repo_stats.cli.refresh_summary import cut_off
    from repo_stats.warehouse.stale import SYNC_FAILURES, RefreshFailures

    found = RefreshFailures(files, SYNC_FAILURES).find_all(settings.history_repos)
    reasons = {failure.reason for failure in said.values()}
    lines = [
        f"All items of {failure.repo} are stale: {failure.reason}"
        for failure in found.values()
        if failure.reason not in reasons
    ]
    return cut_off(lines, "are stale")


def _describe_other_failures(
    files: "Files",
    settings: Settings,
    said: Mapping[str, "RefreshFailure"],
    daily: Mapping[str, str],
) -> list[str]:
    """What is kept of marked repositories and could not be read, unless the reason is known."""
    history = _describe_history_failures(files, settings, said)
    return [*history, *_describe_daily_failures(daily, said)]


def _describe_daily_failures(
    daily: Mapping[str, str], said: Mapping[str, "RefreshFailure"]
) -> list[str]:
    """What of the day could not be read, unless the reason is known."""
    from repo_stats.cli.refresh_summary import cut_off

    reasons = {failure.reason for failure in said.values()}
    lines = [
        f"{what} could not be read: {why}" for what, why in daily.items() if why not in reasons
    ]
    return cut_off(lines, "could not be read")
