"""A delivery of alerts whose webhook can be down, at times that a test sets."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from repo_stats.alerts.alert_table import AlertTable
from repo_stats.alerts.delivery import Attempts, Delivery
from repo_stats.alerts.rules import FAILURE, STALE, Alert
from repo_stats.clock import Deadline
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.tables import Tables

ALERT = Alert("a/b is stale: gone", ["a/b"], "refresh_repo", "run-1", "gone", kind=STALE)

NOON = datetime(2026, 9, 1, 12, tzinfo=timezone.utc)

MINUTE = timedelta(minutes=1)

LOCK_WAIT = 5.0
"""Seconds of a tick that are kept for marking what was posted."""


@dataclass
class Scene:
    """A delivery to a webhook that can be down, or takes only some alerts, and its table."""

    folder: Path
    is_down: bool = False
    webhook: str | None = "http://hook"
    posted: list[str] = field(default_factory=list)
    kinds: Sequence[str] = (FAILURE, STALE)
    reaches: int = 99
    is_patient: bool = True
    ui: str | None = None
    links: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def post(self, url: str, alerts: Sequence[Alert], log: logging.Logger, within: float) -> int:
        self.times.append(within)
        reached = [] if self.is_down else alerts[: self.reaches]
        self.posted += [alert.text for alert in reached]
        self.links += [alert.run_url for alert in reached]
        return len(reached)

    def tell(
        self, alerts: Sequence[Alert], attempts: Attempts, now: datetime, seconds: float = 40.0
    ) -> Attempts:
        """Tell alerts, with so many seconds left of the tick."""
        log = logging.getLogger("alerts")
        delivery = Delivery(
            AlertTable(Tables(self.files)), self.kinds, self.webhook, self.ui, log, self.post
        )
        options = {} if self.is_patient else {"waits_for_table": False}
        return delivery.tell(alerts, attempts, now, Deadline(seconds, lambda: 0.0), **options)

    @property
    def files(self) -> Files:
        return Files(str(self.folder))

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(self.folder / "alerts.parquet").to_pylist()
        return rows
