"""Telling what happened: the table of alerts, and what the webhook is told later."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from repo_stats.alerts.alert_table import MOST_ROWS, AlertTable
from repo_stats.alerts.delivery import NONE, Attempts, Delivery
from repo_stats.alerts.rules import FAILURE, RECOVERY, STALE, Alert
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.tables import Tables

ALERT = Alert("a/b is stale: gone", ["a/b"], "refresh_repo", "run-1", "gone", kind=STALE)

NOON = datetime(2026, 9, 1, 12, tzinfo=timezone.utc)

MINUTE = timedelta(minutes=1)


@dataclass
class Scene:
    """A delivery to a webhook that can be down, and its table."""

    folder: Path
    is_down: bool = False
    webhook: str | None = "http://hook"
    posted: list[str] = field(default_factory=list)
    kinds: Sequence[str] = (FAILURE, STALE)

    def post(self, url: str, alerts: Sequence[Alert], log: logging.Logger) -> int:
        if self.is_down:
            return 0
        self.posted += [alert.text for alert in alerts]
        return len(alerts)

    def tell(self, alerts: Sequence[Alert], attempts: Attempts, now: datetime) -> Attempts:
        table = AlertTable(Tables(Files(str(self.folder))))
        log = logging.getLogger("alerts")
        delivery = Delivery(table, self.kinds, self.webhook, None, log, self.post)
        return delivery.tell(alerts, attempts, now)

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(self.folder / "alerts.parquet").to_pylist()
        return rows


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_an_alert_is_a_row_with_its_time_and_whether_it_reached_the_webhook(scene: Scene) -> None:
    assert scene.tell([ALERT], NONE, NOON) == NONE
    assert scene.rows == [
        {
            "alerted_at": NOON,
            "kind": "stale",
            "repositories": ["a/b"],
            "text": "a/b is stale: gone",
            "reason": "gone",
            "job": "refresh_repo",
            "run_id": "run-1",
            "reached_webhook": True,
        }
    ]


def test_without_a_webhook_alerts_are_kept_and_never_told_later(scene: Scene) -> None:
    scene.webhook = None
    assert scene.tell([ALERT], NONE, NOON) == NONE
    scene.webhook = "http://hook"
    scene.tell([replace(ALERT, text="another")], NONE, NOON)
    assert scene.posted == ["another"]
    assert [row["reached_webhook"] for row in scene.rows] == [None, True]


def test_an_alert_that_the_webhook_missed_is_told_later_with_its_time(scene: Scene) -> None:
    scene.is_down = True
    attempts = scene.tell([ALERT], NONE, NOON)
    assert [row["reached_webhook"] for row in scene.rows] == [False]
    scene.is_down = False
    assert scene.tell([], attempts, NOON + MINUTE / 2) == attempts
    assert scene.posted == []
    assert scene.tell([], attempts, NOON + MINUTE) == NONE
    assert scene.posted == ["a/b is stale: gone (noticed 2026-09-01 12:00 UTC)"]
    assert [row["reached_webhook"] for row in scene.rows] == [True]


def test_a_webhook_that_stays_down_is_tried_less_and_less_often_for_a_day(scene: Scene) -> None:
    scene.is_down = True
    attempts, now = scene.tell([ALERT], NONE, NOON), NOON
    tries = 0
    while attempts != NONE:
        now += MINUTE
        told = scene.tell([], attempts, now)
        tries += told != attempts
        attempts = told
    assert tries < 32
    assert timedelta(hours=24) < now - NOON < timedelta(hours=26)
    assert [row["reached_webhook"] for row in scene.rows] == [False]


def test_a_new_alert_takes_the_missed_ones_of_its_kinds_along(scene: Scene) -> None:
    scene.is_down, scene.kinds = True, (RECOVERY,)
    scene.tell([replace(ALERT, text="of the other sensor", kind=RECOVERY)], NONE, NOON)
    scene.kinds = (FAILURE, STALE)
    attempts = scene.tell([ALERT], NONE, NOON)
    scene.is_down = False
    assert scene.tell([replace(ALERT, text="new")], attempts, NOON) == NONE
    assert scene.posted == ["a/b is stale: gone (noticed 2026-09-01 12:00 UTC)", "new"]


def test_a_tick_that_is_repeated_adds_no_row_and_posts_nothing(scene: Scene) -> None:
    for _ in range(2):
        assert scene.tell([ALERT], NONE, NOON) == NONE
    assert len(scene.rows) == 1
    assert scene.posted == [ALERT.text]


def test_the_latest_alerts_are_kept(scene: Scene) -> None:
    scene.webhook = None
    alerts = [replace(ALERT, run_id=f"run-{number}") for number in range(MOST_ROWS + 5)]
    scene.tell(alerts[:MOST_ROWS], NONE, NOON)
    scene.tell(alerts[MOST_ROWS:], NONE, NOON + MINUTE)
    assert [row["run_id"] for row in scene.rows] == [alert.run_id for alert in alerts[5:]]


def test_alerts_are_posted_although_their_table_is_damaged(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    (scene.folder / "alerts.parquet").write_bytes(b"nonsense")
    assert scene.tell([ALERT], NONE, NOON) == NONE
    assert scene.posted == [ALERT.text]
    assert "The table of alerts is not up to date" in caplog.text
    assert (scene.folder / "alerts.parquet").read_bytes() == b"nonsense"
