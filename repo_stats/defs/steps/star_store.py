"""What `star_days` stores: the rows that changed, and what is known of each repository now."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pyarrow as pa

from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.github_requests import Progress
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.github.stars.reader import StarDays
from repo_stats.github.stars.reading import StarReading
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.schemas import STAR_DAYS
from repo_stats.warehouse.states.repo_state import StoredFile
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables


class StarStore:
    """Stores the rows of each repository when they are read, if they changed.

    Args:
        tables: the warehouse's tables.
        scope: what is known of the repositories.
        progress: counts them.

    Attributes:
        readings: what is known now of those that were read.
        rows: those that were written.
        files: their files.
    """

    def __init__(self, tables: Tables, scope: RefreshScope, progress: Progress) -> None:
        self._tables = tables
        self._scope = scope
        self._progress = progress
        self.readings: dict[str, StarReading] = {}
        self.rows: dict[str, pa.Table] = {}
        self.files: dict[str, StoredFile] = {}

    async def keep(self, found: StarDays) -> None:
        """Store what was read of a repository.

        Raises:
            WarehouseError: it cannot be stored.
        """
        await asyncio.to_thread(self._keep, found)
        self._progress.advance()

    def record(self) -> None:
        """Store what is known now of the repositories that were read.

        Raises:
            WarehouseError: it cannot be stored.
        """
        store_readings(self._tables, self.readings, self.files)

    def _keep(self, found: StarDays) -> None:
        repo, reading = found.source.repo, found.reading
        if found.days is not None:
            rows = make_rows(repo, found.source.repo_id, found.days)
            reading = replace(reading, content_hash=hash_content(STAR_DAYS, rows))
            if not self._is_stored(repo, reading.content_hash):
                file = self._tables.write(STAR_DAYS, repo, rows)
                self.files[repo] = replace(file, code_version=CODE_VERSION)
                self.rows[repo] = rows
        self.readings[repo] = reading

    def _is_stored(self, repo: str, content_hash: str) -> bool:
        before = self._scope.states[repo].stars
        is_same = before is not None and before.content_hash == content_hash
        return is_same and self._scope.is_current(STAR_DAYS, repo)


def make_rows(repo: str, repo_id: int, days: Mapping[date, int]) -> pa.Table:
    """The rows of `star_days` of a repository.

    Args:
        repo: the watchlist's name of it.
        repo_id: GitHub's number of it.
        days: the days with stars in their order, and how many.
    """
    names, numbers = [repo] * len(days), [repo_id] * len(days)
    columns = [names, numbers, list(days), list(days.values())]
    return pa.table(dict(zip(STAR_DAYS.names, columns, strict=True)), schema=STAR_DAYS.arrow)


def store_readings(
    tables: Tables, readings: Mapping[str, StarReading], files: Mapping[str, StoredFile]
) -> None:
    """Store what is known of the stars of repositories; all else that is known of them stays.

    Args:
        tables: the warehouse's tables.
        readings: what is known now, by repository.
        files: the files of `star_days` that were written.

    Raises:
        WarehouseError: it cannot be stored.
    """
    if not readings:
        return
    index = StateIndex(tables.files)
    states = index.read()  # a reading may take long, and another run may have changed them
    changed = {
        repo: replace(states[repo], stars=reading)
        for repo, reading in readings.items()
        if repo in states
    }
    changed |= {
        repo: changed[repo].with_file(STAR_DAYS.name, file)
        for repo, file in files.items()
        if repo in changed
    }
    index.update(changed)
