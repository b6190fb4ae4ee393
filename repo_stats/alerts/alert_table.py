"""The table `alerts`: what was alerted, and what the webhook has missed."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import pandas as pd

from repo_stats.alerts.rules import Alert
from repo_stats.warehouse.frames import to_arrow, to_frame
from repo_stats.warehouse.schemas import ALERTS
from repo_stats.warehouse.tables import Tables

MOST_ROWS = 1000
"""How many alerts are kept, the latest ones."""

LOCK_WAIT = 5.0
"""Seconds to wait for the other sensor, so that a tick ends in time. It needs a few hundredths."""

Row: TypeAlias = dict[str, Any]

Key: TypeAlias = tuple[str, str]
"""What identifies an alert: the ID of its run, and its text."""


def key_of(alert: Alert) -> Key:
    """What identifies an alert."""
    return alert.run_id, alert.text


@dataclass(frozen=True)
class AlertTable:
    """The table, which both sensors add to.

    A tick that is repeated adds nothing, because an alert is identified by its run and its text.

    Attributes:
        tables: of the warehouse.
    """

    tables: Tables

    def add(self, alerts: Sequence[Alert], now: datetime, *, has_webhook: bool) -> None:
        """Add alerts that are not there yet, and drop the oldest rows if there are too many.

        Args:
            alerts: what happened.
            now: the current time (UTC).
            has_webhook: whether a webhook has yet to be told.

        Raises:
            InUseError: another process holds the table.
            WarehouseError: the table cannot be read or written; it stays as it is.
        """

        def append(rows: list[Row]) -> list[Row]:
            known = {(row["run_id"], row["text"]) for row in rows}
            new = [alert for alert in alerts if key_of(alert) not in known]
            added = [_to_row(alert, now, False if has_webhook else None) for alert in new]
            return [*rows, *added][-MOST_ROWS:]

        self._change(append)

    def find_missed(self, kinds: Collection[str], since: datetime) -> list[tuple[datetime, Alert]]:
        """The alerts that the webhook has missed, with their times, the oldest first.

        Args:
            kinds: the kinds to look for.
            since: earlier alerts are left out.

        Raises:
            WarehouseError: the table cannot be read.
        """
        return [
            (row["alerted_at"], _to_alert(row))
            for row in _to_rows(self.tables.find_kept(ALERTS, None))
            if row["reached_webhook"] is False
            and row["kind"] in kinds
            and row["alerted_at"] >= since
        ]

    def mark_reached(self, reached: Collection[Key]) -> None:
        """Note that alerts have reached the webhook.

        Raises:
            InUseError: another process holds the table.
            WarehouseError: the table cannot be read or written; it stays as it is.
        """

        def mark(rows: list[Row]) -> list[Row]:
            return [
                row | {"reached_webhook": True} if (row["run_id"], row["text"]) in reached else row
                for row in rows
            ]

        self._change(mark)

    def _change(self, change: Callable[[list[Row]], list[Row]]) -> None:
        def change_frame(stored: pd.DataFrame | None) -> pd.DataFrame:
            return to_frame(ALERTS, change(_to_rows(stored)))

        self.tables.update(ALERTS, None, change_frame, LOCK_WAIT)


def _to_rows(stored: pd.DataFrame | None) -> list[Row]:
    rows: list[Row] = [] if stored is None else to_arrow(ALERTS, stored).to_pylist()
    return rows


def _to_row(alert: Alert, now: datetime, reached_webhook: bool | None) -> Row:
    return {
        "alerted_at": now,
        "kind": alert.kind,
        "repositories": list(alert.repositories),
        "text": alert.text,
        "reason": alert.reason,
        "job": alert.job,
        "run_id": alert.run_id,
        "reached_webhook": reached_webhook,
    }


def _to_alert(row: Row) -> Alert:
    return Alert(
        row["text"],
        row["repositories"],
        row["job"],
        row["run_id"],
        row["reason"],
        kind=row["kind"],
    )
