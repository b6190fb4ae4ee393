"""Tells what happened: in the log, in the table `alerts`, and to the webhook, now or later."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from repo_stats.alerts.alert_table import LOCK_WAIT, AlertTable, Key, key_of
from repo_stats.alerts.rules import Alert
from repo_stats.alerts.webhook import post
from repo_stats.clock import Deadline
from repo_stats.warehouse.files import InUseError, WarehouseError

TOLD_LATER_FOR = timedelta(days=1)
"""For how long an alert that the webhook has missed is tried again. Later it is no news."""

_FIRST_WAIT, _LONGEST_WAIT = 60.0, 3600.0
"""Seconds until a webhook that was not reached is tried again; the wait doubles each time."""

_LEAST_POST = 1.0
"""Seconds that a post needs. With less time left, it is left to the next tick."""

_MOST_UNMARKED = 200
"""How many alerts are remembered as told while the table cannot be written."""


class Attempts(NamedTuple):
    """What the webhook has yet to be told, as far as the table does not know it.

    Attributes:
        failures: how often in a row it was not reached.
        last: when last, in seconds since the epoch; 0 to try again at the next tick.
        unmarked: what it was told although its rows in the table say otherwise.
    """

    failures: int = 0
    last: float = 0.0
    unmarked: tuple[Key, ...] = ()


NONE = Attempts()


@dataclass(frozen=True)
class _Waiting:
    """An alert to post: as it is known, as it is said, and whether the table has it."""

    alert: Alert
    said: Alert
    is_stored: bool


@dataclass(frozen=True)
class Delivery:
    """Where alerts of some kinds go.

    Attributes:
        table: keeps them.
        kinds: the kinds.
        webhook: its address, a secret; None if there is none.
        ui: the address of the UI, for links; None if it is not known.
        log: of the sensor.
        post: posts alerts within some seconds; returns how many reached the webhook.
    """

    table: AlertTable
    kinds: Collection[str]
    webhook: str | None
    ui: str | None
    log: logging.Logger
    post: Callable[[str, Sequence[Alert], logging.Logger, float], int] = post

    def tell(
        self,
        alerts: Sequence[Alert],
        attempts: Attempts,
        now: datetime,
        deadline: Deadline,
        *,
        waits_for_table: bool = True,
    ) -> Attempts:
        """Tell what is new, and the webhook also what it has missed, if it is time to try again.

        Args:
            alerts: what is new.
            attempts: what the webhook has missed so far.
            now: the current time (UTC).
            deadline: when this has to have ended. What does not fit is told later.
            waits_for_table: whether nothing is told while another process holds the table.

        Returns:
            The new attempts.

        Raises:
            InUseError: another process holds the table, so nothing was told.
        """
        are_stored = not alerts or self._store(alerts, now, waits_for_table)
        for alert in alerts:
            self.log.warning(alert.text)
        if self.webhook is None:
            return attempts
        if not alerts and not _is_due(attempts, now):
            return attempts._replace(unmarked=self._mark(attempts.unmarked))
        waiting = self._find_waiting(alerts, now, attempts, are_stored)
        within = deadline.left - LOCK_WAIT  # the marks are written after the post
        if waiting and within < _LEAST_POST:
            return attempts._replace(failures=max(1, attempts.failures), last=0.0)
        said = [each.said for each in waiting]
        reached = self.post(self.webhook, said, self.log, within) if waiting else 0
        told = [key_of(each.alert) for each in waiting[:reached] if each.is_stored]
        unmarked = self._mark([*attempts.unmarked, *told])
        if reached == len(waiting):
            return Attempts(unmarked=unmarked)
        if reached:  # it can be reached, so the others are posted at the next tick
            return Attempts(1, 0.0, unmarked)
        return Attempts(attempts.failures + 1, now.timestamp(), unmarked)

    def _store(self, alerts: Sequence[Alert], now: datetime, waits_for_table: bool) -> bool:
        try:
            self.table.add(alerts, now, has_webhook=self.webhook is not None)
        except InUseError as error:
            if waits_for_table:
                raise
            self._warn(error)
        except WarehouseError as error:
            self._warn(error)
        else:
            return True
        return False

    def _mark(self, told: Sequence[Key]) -> tuple[Key, ...]:
        """Mark alerts as told; returns those to mark later, because the table cannot be written."""
        try:
            if told:
                self.table.mark_reached(told)
        except WarehouseError as error:
            self._warn(error)
            return tuple(told[-_MOST_UNMARKED:])
        return ()

    def _find_waiting(
        self, alerts: Sequence[Alert], now: datetime, attempts: Attempts, are_stored: bool
    ) -> list[_Waiting]:
        """What to post, the oldest first."""
        new = {key_of(alert) for alert in alerts}
        missed: list[tuple[datetime, Alert]] = []
        is_known = are_stored
        try:
            missed = self.table.find_missed(self.kinds, now - TOLD_LATER_FOR)
        except WarehouseError as error:
            self.log.warning(f"Alerts that the webhook has missed are not known: {error}")
            is_known = False
        told = {*attempts.unmarked}
        waiting = [
            _Waiting(alert, self._say(alert, None if key_of(alert) in new else at), is_stored=True)
            for at, alert in missed
            if key_of(alert) not in told
        ]
        if not is_known:
            waiting += [_Waiting(alert, self._say(alert, None), are_stored) for alert in alerts]
        return waiting

    def _say(self, alert: Alert, noticed: datetime | None) -> Alert:
        """An alert with its link, and with its time if that is past."""
        url = f"{self.ui}/runs/{alert.run_id}" if self.ui else None
        time = f" (noticed {noticed:%Y-%m-%d %H:%M} UTC)" if noticed else ""
        return replace(alert, text=f"{alert.text}{time}", run_url=url)

    def _warn(self, error: WarehouseError) -> None:
        self.log.warning(f"The table of alerts is not up to date: {error}")


def _is_due(attempts: Attempts, now: datetime) -> bool:
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempts.failures - 1, 10))
    return attempts.failures > 0 and now.timestamp() - attempts.last >= wait
