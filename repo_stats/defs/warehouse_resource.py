"""The resource of the warehouse: the folder or bucket with the tables and pages."""

from typing import Any

from pydantic import Field

from repo_stats.config.bots import DEFAULT_BOTS
from repo_stats.defs.origins import ResourceOfRun
from repo_stats.warehouse.daily_reads import DailyReads
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import ALL_ITEMS_FOLDER, PageFolder
from repo_stats.warehouse.stale import (
    DOWNLOADS_FAILURES,
    SYNC_FAILURES,
    TRAFFIC_FAILURES,
    RefreshFailures,
)
from repo_stats.warehouse.tables import Tables

BOTS: Any = Field(
    default=list(DEFAULT_BOTS),
    description=(
        "Bots whose accounts are those of plain users: logins, and patterns with `*` and `?`."
    ),
)
"""The field of each resource that has to know who counts as a bot."""


class WarehouseResource(ResourceOfRun):
    """The folder or bucket with the tables and pages, and who counts as a bot in them."""

    root: str = Field(description="Absolute path or fsspec URL of the warehouse.")
    bots: list[str] = BOTS

    @property
    def files(self) -> Files:
        """All files of the warehouse.

        Raises:
            StepError: the run belongs to another warehouse.
        """
        self.require_origin("warehouse", self.root)
        return Files(self.root)

    @property
    def tables(self) -> Tables:
        """The tables; most have one file per repository."""
        return Tables(self.files)

    @property
    def pages(self) -> PageFolder:
        """The pages of the lists of open items, one file each."""
        return PageFolder(self.files)

    @property
    def all_pages(self) -> PageFolder:
        """The pages of the lists of all items, closed ones included."""
        return PageFolder(self.files, ALL_ITEMS_FOLDER)

    @property
    def sync_failures(self) -> RefreshFailures:
        """Why the last sync of all items failed, by repository."""
        return RefreshFailures(self.files, SYNC_FAILURES)

    @property
    def traffic_failures(self) -> RefreshFailures:
        """Why views and clones could not be read, by repository."""
        return RefreshFailures(self.files, TRAFFIC_FAILURES)

    @property
    def downloads_failures(self) -> RefreshFailures:
        """Why releases could not be read, by repository."""
        return RefreshFailures(self.files, DOWNLOADS_FAILURES)

    def daily_reads(self, subject: str) -> DailyReads:
        """When repositories were last asked for what is read once a day."""
        return DailyReads(self.files, subject)

    @property
    def refresh_failures(self) -> RefreshFailures:
        """Why the last refresh failed, by repository."""
        return RefreshFailures(self.files)
