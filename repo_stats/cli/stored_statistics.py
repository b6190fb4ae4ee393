"""What `repo-stats show` reads: the statistics that can be read, and a warning for each other."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timezone

import pandas as pd
import pyarrow as pa

from repo_stats.clock import is_ahead
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.frames import join_frames, to_arrow, to_pandas
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables

Warn = Callable[[str], None]


def read_overview(tables: Tables, watchlist: Sequence[str], warn: Warn) -> pd.DataFrame:
    """The statistics of all repositories in the warehouse.

    Args:
        tables: the warehouse's tables.
        watchlist: the repositories that should be there.
        warn: is called with a sentence for each repository that is stale, that was never refreshed,
            whose file is damaged, or whose time is later than now.

    Raises:
        WarehouseError: there is nothing to show.
    """
    stored = dict.fromkeys(tables.repos(REPO_STATISTICS))
    rows, errors = read_each(tables, stored, lambda repo: _read_row(tables, repo))
    for error in errors.values():
        warn(error)
    _warn_of_failures(tables, [*stored, *(r for r in watchlist if r not in stored)], stored, warn)
    if not rows:
        raise WarehouseError(
            f"There are no statistics in {tables.files.root} "
            f"{'that can be read' if stored else 'yet'}; run repo-stats refresh."
        )
    found = join_frames(REPO_STATISTICS, list(rows.values()))
    _warn_of_future_times(found, warn)
    return found


def read_repository(tables: Tables, repo: str, warn: Warn) -> pd.DataFrame:
    """The statistics of one repository.

    Args:
        tables: the warehouse's tables.
        repo: its owner/name, in upper or lower case.
        warn: is called with a sentence if it is stale, or if its time is later than now.

    Raises:
        WarehouseError: they are not stored, or cannot be read.
    """
    spellings = {name.lower(): name for name in tables.repos(REPO_STATISTICS)}
    name = spellings.get(repo.lower())
    if name is not None:
        row = to_pandas(_read_row(tables, name))
        _warn_of_future_times(row, warn)
        _warn_of_failures(tables, [name], [name], warn)
        return row
    failure = RefreshFailures(tables.files).find(repo)
    raise WarehouseError(
        f"There are no statistics of {repo} in {tables.files.root}; "
        + (failure.reason if failure else f"run repo-stats refresh {repo}.")
    )


def read_exported(
    tables: Tables, repo: str | None, watchlist: Sequence[str], warn: Warn
) -> pa.Table:
    """All columns of the statistics of one repository, or of all.

    Raises:
        WarehouseError: see `read_repository` and `read_overview`.
    """
    if repo is None:
        return to_arrow(REPO_STATISTICS, read_overview(tables, watchlist, warn))
    return to_arrow(REPO_STATISTICS, read_repository(tables, repo, warn))


def _warn_of_failures(
    tables: Tables, repos: Sequence[str], stored: Collection[str], warn: Warn
) -> None:
    """Tell which repositories are stale or were never refreshed, and why."""
    failures = RefreshFailures(tables.files).find_all(repos)
    for repo in repos:
        failure = failures.get(repo)
        # A disk that ignores case has files under other names than those that it lists.
        is_stored = repo in stored or tables.has(REPO_STATISTICS, repo)
        if failure is not None:
            kind = name_failure(is_stored=is_stored)
            warn(f"{repo} {kind} since {failure.since:%Y-%m-%d %H:%M} UTC: {failure.reason}")
        elif not is_stored:
            warn(f"{repo} has not been refreshed yet; run repo-stats refresh {repo}.")


def name_failure(*, is_stored: bool) -> str:
    """What is said of a repository that could not be refreshed: only what is stored gets stale."""
    return "is stale" if is_stored else "could not be read"


def _warn_of_future_times(rows: pd.DataFrame, warn: Warn) -> None:
    """Tell which statistics are later than now, so that their age is not known."""
    now = datetime.now(timezone.utc)
    for repo, moment in zip(rows["repo"], rows["snapshot_at"], strict=True):
        if is_ahead(moment, now):
            warn(
                f"{repo} was stored at {moment:%Y-%m-%d %H:%M} UTC, later than this machine's "
                f"clock ({now:%Y-%m-%d %H:%M} UTC); the next refresh requests it again."
            )


def _read_row(tables: Tables, repo: str) -> pa.Table:
    rows = tables.load(REPO_STATISTICS, repo).rows
    if len(rows) != 1:
        raise WarehouseError(
            f"{tables.uri(REPO_STATISTICS, repo)} has {len(rows)} rows where one should be; "
            f"refresh {repo} to write it again."
        )
    return rows
