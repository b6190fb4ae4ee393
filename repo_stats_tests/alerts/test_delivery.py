"""Telling what happened: the table of alerts, and what the webhook is told later."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from repo_stats.alerts.alert_table import LOCK_WAIT, MOST_ROWS, AlertTable
from repo_stats.alerts.delivery import NONE, Attempts, Delivery
from repo_stats.alerts.rules import FAILURE, RECOVERY, STALE, Alert
from repo_stats.clock import Deadline
from repo_stats.warehouse.files import Files, InUseError
from repo_stats.warehouse.tables import Tables

ALERT = Alert("a/b is stale: gone", ["a/b"], "refresh_repo", "run-1", "gone", kind=STALE)

NOON = datetime(2026, 9, 1, 12, tzinfo=timezone.utc)

MINUTE = timedelta(minutes=1)


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
    times: list[float] = field(default_factory=list)

    def post(self, url: str, alerts: Sequence[Alert], log: logging.Logger, within: float) -> int:
        self.times.append(within)
        reached = [] if self.is_down else alerts[: self.reaches]
        self.posted += [alert.text for alert in reached]
        return len(reached)

    def tell(
        self, alerts: Sequence[Alert], attempts: Attempts, now: datetime, seconds: float = 40.0
    ) -> Attempts:
        """Tell alerts, with so many seconds left of the tick."""
        log = logging.getLogger("alerts")
        delivery = Delivery(
            AlertTable(Tables(self.files)), self.kinds, self.webhook, None, log, self.post
        )
        return delivery.tell(
            alerts, attempts, now, Deadline(seconds, lambda: 0.0), waits_for_table=self.is_patient
        )

    @property
    def files(self) -> Files:
        return Files(str(self.folder))

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


@pytest.fixture
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repo_stats.alerts.alert_table.LOCK_WAIT", 0.0)


def test_a_post_gets_the_time_that_is_left_without_that_of_marking_it(scene: Scene) -> None:
    assert scene.tell([ALERT], NONE, NOON, seconds=30.0) == NONE
    assert scene.times == [30.0 - LOCK_WAIT]


@pytest.mark.parametrize("earlier", [NONE, Attempts(3, NOON.timestamp())])
def test_what_does_not_fit_into_a_tick_is_posted_once_at_the_next(
    scene: Scene, earlier: Attempts
) -> None:
    attempts = scene.tell([ALERT], earlier, NOON, seconds=LOCK_WAIT + 0.5)
    assert scene.posted == []
    assert [row["reached_webhook"] for row in scene.rows] == [False]
    for later in (1, 2):
        attempts = scene.tell([], attempts, NOON + later * MINUTE / 2)
        assert scene.posted == ["a/b is stale: gone (noticed 2026-09-01 12:00 UTC)"]
        assert attempts == NONE


def test_alerts_that_were_not_reached_before_the_time_was_up_follow_at_the_next_tick(
    scene: Scene,
) -> None:
    scene.reaches = 1
    attempts = scene.tell([ALERT, replace(ALERT, text="second")], NONE, NOON)
    attempts = scene.tell([], attempts, NOON + MINUTE / 2)
    assert scene.posted == [ALERT.text, "second (noticed 2026-09-01 12:00 UTC)"]
    assert attempts == NONE


@pytest.mark.usefixtures("_no_wait")
def test_nothing_is_told_while_another_process_holds_the_table(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with scene.files.locked("alerts.parquet"), pytest.raises(InUseError):
        scene.tell([ALERT], NONE, NOON)
    assert (scene.posted, caplog.text) == ([], "")
    assert scene.tell([ALERT], NONE, NOON) == NONE
    assert scene.posted == [ALERT.text]
    assert len(scene.rows) == 1


@pytest.mark.usefixtures("_no_wait")
def test_a_table_that_is_held_for_long_keeps_no_alert_from_being_told(scene: Scene) -> None:
    scene.is_patient = False
    with scene.files.locked("alerts.parquet"):
        assert scene.tell([ALERT], NONE, NOON) == NONE
    assert scene.posted == [ALERT.text]


@pytest.mark.usefixtures("_no_wait")
def test_what_was_posted_while_the_table_was_held_is_not_posted_again_and_marked_later(
    scene: Scene,
) -> None:
    scene.is_down = True
    attempts = scene.tell([ALERT], NONE, NOON)
    scene.is_down = False
    with scene.files.locked("alerts.parquet"):
        attempts = scene.tell([], attempts, NOON + MINUTE)
        assert attempts == Attempts(unmarked=((ALERT.run_id, ALERT.text),))
        attempts = scene.tell([], attempts, NOON + 2 * MINUTE)
        scene.is_patient = False
        other = replace(ALERT, text="another")
        attempts = scene.tell([other], attempts, NOON + 3 * MINUTE)
    assert [row["reached_webhook"] for row in scene.rows] == [False]
    assert scene.tell([], attempts, NOON + 4 * MINUTE) == NONE
    assert scene.posted == ["a/b is stale: gone (noticed 2026-09-01 12:00 UTC)", "another"]
    assert [row["reached_webhook"] for row in scene.rows] == [True]
