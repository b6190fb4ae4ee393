"""What `repo-stats refresh` and `repo-stats demo` share: a refresh, and what is printed after it.

The numbers go to standard output. What the refresh did goes to standard error, as progress does.

The imports are inside the functions, because they are slow and `--help` does not need them.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from repo_stats.cli.errors import JobError
from repo_stats.cli.notices import tell
from repo_stats.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from repo_stats.cli.refresh_summary import Row
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.stale import RefreshFailure

MOST_PRINTED = 10
"""The largest number of repositories whose statistics are printed after a refresh."""


def refresh_and_print(*, force: bool, watched: Sequence[str] = ()) -> None:
    """Refresh the watchlist, then print its statistics and what the refresh did.

    Args:
        force: fetch everything again, even what is stored and fresh.
        watched: repositories whose stored tables never move to another name, besides those of the
            watchlist.

    Raises:
        JobError: a step failed, or no repository could be refreshed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    from repo_stats.cli.run_jobs import refresh_watchlist, sync_all_items
    from repo_stats.warehouse.files import Files

    settings = load_settings()
    files = Files(settings.warehouse)
    before = _read_statistics(files, settings.repos)
    try:
        refresh_watchlist(force=force, watched=watched)
        if settings.history_repos:
            sync_all_items(force=force)
    except JobError as error:
        # The others may have been refreshed. Numbers that are not new would look as if they were.
        now = _read_statistics(files, settings.repos)
        fresh = {repo: row for repo, row in now.items() if _is_later(row, before.get(repo))}
        _print_statistics(fresh)
        _print_failures(_find_failures(files, settings), now, str(error))
        raise
    now = _read_statistics(files, settings.repos)
    failures = _find_failures(files, settings)
    if len(failures) == len(settings.repos):
        raise JobError("\n".join(dict.fromkeys(failure.reason for failure in failures.values())))
    _print_statistics(now)
    _print_summary(settings, before, now, failures)
    _print_failures(failures, now)
    _print_history_failures(files, settings, failures)


def _read_statistics(files: "Files", repos: Iterable[str]) -> dict[str, "Row"]:
    """The stored rows of `repo_statistics`; without those that cannot be read."""
    from repo_stats.warehouse.one_by_one import try_each
    from repo_stats.warehouse.schemas import REPO_STATISTICS
    from repo_stats.warehouse.tables import Tables

    tables = Tables(files)
    frames, _ = try_each(list(repos), lambda repo: tables.find(REPO_STATISTICS, repo))
    return {
        repo: frame.to_dict("records")[0]
        for repo, frame in frames.items()
        if frame is not None and len(frame) == 1
    }


def _is_later(row: "Row", before: "Row | None") -> bool:
    return before is None or row["snapshot_at"] != before["snapshot_at"]


def _find_failures(files: "Files", settings: Settings) -> dict[str, "RefreshFailure"]:
    from repo_stats.warehouse.stale import RefreshFailures

    found = {repo: RefreshFailures(files).find(repo) for repo in settings.repos}
    return {repo: failure for repo, failure in found.items() if failure is not None}


def _print_statistics(rows: Mapping[str, "Row"]) -> None:
    from repo_stats.metrics.summary import format_statistics

    if len(rows) <= MOST_PRINTED:
        for row in rows.values():
            click.echo(format_statistics(row))


def _print_summary(
    settings: Settings,
    before: Mapping[str, "Row"],
    now: Mapping[str, "Row"],
    failures: Mapping[str, "RefreshFailure"],
) -> None:
    """Print what changed and, if there are several repositories, how many became what."""
    from repo_stats.cli.refresh_summary import count_fates, describe_changes, find_fate

    for line in describe_changes(before, now):
        click.echo(line, err=True)
    if len(settings.repos) > 1:
        fates = [
            find_fate(before.get(repo), now.get(repo), failed=repo in failures)
            for repo in settings.repos
        ]
        click.echo(count_fates(fates), err=True)
    if len(now) > MOST_PRINTED:
        click.echo("All numbers: repo-stats show", err=True)


def _print_failures(
    failures: Mapping[str, "RefreshFailure"], stored: Container[str], said: str = ""
) -> None:
    """Print why repositories could not be read, unless that was said already."""
    from repo_stats.cli.refresh_summary import cut_off
    from repo_stats.cli.stored_statistics import name_failure

    lines = [
        f"{repo} {name_failure(is_stored=repo in stored)}: {failure.reason}"
        for repo, failure in failures.items()
        if failure.reason not in said
    ]
    for line in cut_off(lines, "could not be read"):
        tell(line)


def _print_history_failures(
    files: "Files", settings: Settings, said: Mapping[str, "RefreshFailure"]
) -> None:
    """Print for which repositories closed items could not be read, unless the reason is known."""
    from repo_stats.cli.refresh_summary import cut_off
    from repo_stats.warehouse.stale import SYNC_FAILURES, RefreshFailures

    found = map(RefreshFailures(files, SYNC_FAILURES).find, settings.history_repos)
    reasons = {failure.reason for failure in said.values()}
    lines = [
        f"All items of {failure.repo} are stale: {failure.reason}"
        for failure in found
        if failure is not None and failure.reason not in reasons
    ]
    for line in cut_off(lines, "are stale"):
        tell(line)
