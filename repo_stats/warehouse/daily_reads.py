"""When repositories were last asked for what is read once a day: one small file for each subject.

A refusal counts as well as an answer: it is asked again the next day. If the file is lost or
damaged, repositories are asked again, which only costs requests.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from repo_stats.clock import is_ahead
from repo_stats.json_codec import UtcTime, from_json, to_json
from repo_stats.warehouse.changes import change_file
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.kept_tables import KeptTables
from repo_stats.warehouse.schemas import REPO_METADATA

LEAST_AGE = timedelta(hours=20)
"""How far two readings are apart at least, so that one late and one early in a day do not count as
those of two days."""


@dataclass(frozen=True)
class _Times:
    asked_at: Mapping[str, UtcTime] = field(default_factory=dict)


@dataclass(frozen=True)
class DailyReads:
    """When repositories were last asked.

    Attributes:
        files: the files of the warehouse.
        subject: what they were asked for: `traffic` or `downloads`.
    """

    files: Files
    subject: str

    def find_due(self, repos: Iterable[str], now: datetime) -> list[str]:
        """The repositories to ask now: those that were not asked on this day (UTC).

        Raises:
            WarehouseError: the file exists and cannot be read.
        """
        asked_at = self._find()
        return [repo for repo in repos if _is_due(asked_at.get(repo), now)]

    def find_ready(self, repos: Iterable[str], now: datetime) -> list[str]:
        """The same, without those whose first refresh is still to come.

        Raises:
            WarehouseError: the file, or the folder of the tables, cannot be read.
        """
        tables = KeptTables(self.files)
        due = self.find_due(repos, now)
        return tables.list_stored(REPO_METADATA, due)

    def find_older(self, repos: Iterable[str], moment: datetime) -> list[str]:
        """The repositories that were not asked since a moment.

        Raises:
            WarehouseError: the file exists and cannot be read.
        """
        asked_at = self._find()
        return [repo for repo in repos if repo not in asked_at or asked_at[repo] < moment]

    def record(self, repos: Iterable[str], now: datetime) -> None:
        """Record that repositories are asked now.

        Raises:
            WarehouseError: the file cannot be read or written.
        """
        asked = dict.fromkeys(repos, now)
        change_file(
            self.files, self._path, lambda content: to_json(_Times({**_parse(content), **asked}))
        )

    def _find(self) -> Mapping[str, datetime]:
        return _parse(self.files.read(self._path))

    @property
    def _path(self) -> str:
        return f"daily_reads/{self.subject}.json"


def _parse(content: bytes | None) -> Mapping[str, datetime]:
    """The times in a file; none if there is no file, or it is damaged."""
    with suppress(ValueError):
        return from_json(_Times, content or b"").asked_at
    return {}


def _is_due(asked_at: datetime | None, now: datetime) -> bool:
    if asked_at is None or is_ahead(asked_at, now):
        return True
    return asked_at.date() != now.date() and now - asked_at >= LEAST_AGE
