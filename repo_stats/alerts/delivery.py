"""Tells what happened: in the log, in the table `alerts`, and to the webhook, now or later."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from repo_stats.alerts.alert_table import AlertTable
from repo_stats.alerts.rules import Alert
from repo_stats.alerts.webhook import post
from repo_stats.warehouse.files import WarehouseError

TOLD_LATER_FOR = timedelta(days=1)
"""For how long an alert that the webhook has missed is tried again. Later it is no news."""

_FIRST_WAIT, _LONGEST_WAIT = 60.0, 3600.0
"""Seconds until a webhook that was not reached is tried again; the wait doubles each time."""

Attempts = tuple[int, float]
"""How often in a row the webhook was not reached, and when last, in seconds since the epoch."""

NONE: Attempts = (0, 0.0)


@dataclass(frozen=True)
class Delivery:
    """Where alerts of some kinds go.

    Attributes:
        table: keeps them.
        kinds: the kinds.
        webhook: its address, a secret; None if there is none.
        ui: the address of the UI, for links; None if it is not known.
        log: of the sensor.
        post: posts alerts; returns how many reached the webhook.
    """

    table: AlertTable
    kinds: Collection[str]
    webhook: str | None
    ui: str | None
    log: logging.Logger
    post: Callable[[str, Sequence[Alert], logging.Logger], int] = post

    def tell(self, alerts: Sequence[Alert], attempts: Attempts, now: datetime) -> Attempts:
        """Tell what is new, and the webhook also what it has missed, if it is time to try again.

        Args:
            alerts: what is new.
            attempts: how often the webhook was not reached so far.
            now: the current time (UTC).

        Returns:
            The new attempts.
        """
        for alert in alerts:
            self.log.warning(alert.text)
        has_webhook = self.webhook is not None
        are_stored = not alerts or self._try(
            lambda: self.table.add(alerts, now, has_webhook=has_webhook)
        )
        if self.webhook is None or not (alerts or _is_due(attempts, now)):
            return attempts
        waiting = self._find_waiting(alerts, now, are_stored)
        reached = self.post(self.webhook, [said for _, said in waiting], self.log) if waiting else 0
        if told := [alert for alert, _ in waiting[:reached]]:
            self._try(lambda: self.table.mark_reached(told))
        return NONE if reached == len(waiting) else (attempts[0] + 1, now.timestamp())

    def _find_waiting(
        self, alerts: Sequence[Alert], now: datetime, are_stored: bool
    ) -> list[tuple[Alert, Alert]]:
        """What to post: each alert as it is known, and as it is said."""
        new = {(alert.run_id, alert.text) for alert in alerts}
        missed: list[tuple[datetime, Alert]] = []
        try:
            missed = self.table.find_missed(self.kinds, now - TOLD_LATER_FOR)
        except WarehouseError as error:
            self.log.warning(f"Alerts that the webhook has missed are not known: {error}")
            are_stored = False
        if not are_stored:
            missed += [(now, alert) for alert in alerts]
        return [
            (alert, self._say(alert, None if (alert.run_id, alert.text) in new else at))
            for at, alert in missed
        ]

    def _say(self, alert: Alert, noticed: datetime | None) -> Alert:
        """An alert with its link, and with its time if that is past."""
        url = f"{self.ui}/runs/{alert.run_id}" if self.ui else None
        time = f" (noticed {noticed:%Y-%m-%d %H:%M} UTC)" if noticed else ""
        return replace(alert, text=f"{alert.text}{time}", run_url=url)

    def _try(self, change: Callable[[], None]) -> bool:
        """Change the table, if it can be written; an alert is told in any case."""
        try:
            change()
        except WarehouseError as error:
            self.log.warning(f"The table of alerts is not up to date: {error}")
            return False
        return True


def _is_due(attempts: Attempts, now: datetime) -> bool:
    count, last = attempts
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(count - 1, 10))
    return count > 0 and now.timestamp() - last >= wait
