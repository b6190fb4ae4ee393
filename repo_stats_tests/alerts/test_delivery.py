"""Telling what happened: the table of alerts, and what the webhook is told later."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from repo_stats.alerts.alert_table import AlertTable
from repo_stats.alerts.delivery import NONE, Attempts
from repo_stats.alerts.rules import FAILURE, RECOVERY, STALE
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.alerts.scenes import ALERT, LOCK_WAIT, MINUTE, NOON, Scene

MOST_ROWS = 1000


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
    assert scene.times == []
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
    tries = [NOON]
    while attempts != NONE:
        now += MINUTE
        told = scene.tell([], attempts, now)
        tries += [now] if told != attempts else []
        attempts = told
    waits = [(later - earlier) / MINUTE for earlier, later in pairwise(tries)]
    assert waits == [1, 2, 4, 8, 16, 32, *[60] * (len(waits) - 6)]
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
    damaged = (
        f"{scene.folder}/alerts.parquet is damaged, or of another version. Its rows cannot be "
        "fetched again, so it is left as it is: put a copy of it back, or move it away to start a "
        "new one."
    )
    assert [record.message for record in caplog.records] == [
        f"The table of alerts is not up to date: {damaged}",
        ALERT.text,
        f"Alerts that the webhook has missed are not known: {damaged}",
    ]
    assert (scene.folder / "alerts.parquet").read_bytes() == b"nonsense"


def test_a_post_gets_the_time_that_is_left_without_that_of_marking_it(scene: Scene) -> None:
    assert scene.tell([ALERT], NONE, NOON, seconds=30.0) == NONE
    assert scene.times == [30.0 - LOCK_WAIT]


@pytest.mark.parametrize("earlier", [NONE, Attempts(3, NOON.timestamp())])
def test_what_does_not_fit_into_a_tick_is_posted_once_at_the_next(
    scene: Scene, earlier: Attempts
) -> None:
    attempts = scene.tell([ALERT], earlier, NOON, seconds=LOCK_WAIT + 0.5)
    assert attempts == Attempts(max(1, earlier.failures), 0.0)
    assert scene.times == []
    assert [row["reached_webhook"] for row in scene.rows] == [False]
    for later in (1, 2):
        attempts = scene.tell([], attempts, NOON + later * MINUTE / 2)
        assert scene.posted == ["a/b is stale: gone (noticed 2026-09-01 12:00 UTC)"]
        assert attempts == NONE


def test_alerts_that_were_not_reached_before_the_time_was_up_follow_at_the_next_tick(
    scene: Scene,
) -> None:
    scene.reaches = 1
    attempts = scene.tell([ALERT, replace(ALERT, text="second")], Attempts(3), NOON)
    assert attempts == Attempts(1, 0.0)
    attempts = scene.tell([], attempts, NOON + MINUTE / 2)
    assert scene.posted == [ALERT.text, "second (noticed 2026-09-01 12:00 UTC)"]
    assert attempts == NONE


def test_without_a_webhook_nothing_is_posted_although_the_table_is_damaged(scene: Scene) -> None:
    scene.webhook = None
    (scene.folder / "alerts.parquet").write_bytes(b"nonsense")
    assert scene.tell([ALERT], NONE, NOON) == NONE
    assert scene.times == []


def test_what_happened_is_a_warning_in_the_log(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.tell([ALERT, replace(ALERT, text="second")], NONE, NOON)
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", ALERT.text),
        ("WARNING", "second"),
    ]


def test_a_tick_with_nothing_to_tell_neither_reads_nor_writes_the_table(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_missed(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(AlertTable, "find_missed", find_missed)
    assert scene.tell([], NONE, NOON) == NONE
    assert list(scene.folder.iterdir()) == []
    assert Attempts(0, 0.0, ()) == NONE


def test_a_webhook_that_has_missed_nothing_any_more_is_not_posted_to(scene: Scene) -> None:
    for seconds in (40.0, LOCK_WAIT):
        assert scene.tell([], Attempts(2, 0.0), NOON, seconds) == NONE
    assert scene.times == []


def test_a_second_is_enough_for_a_post(scene: Scene) -> None:
    assert scene.tell([ALERT], NONE, NOON, seconds=LOCK_WAIT + 1.0) == NONE
    assert scene.posted == [ALERT.text]


@pytest.mark.parametrize(
    ("ui", "link"), [("http://ui", "http://ui/runs/run-1"), (None, None), ("", None)]
)
def test_an_alert_leads_to_the_page_of_its_run_if_the_address_of_the_ui_is_known(
    scene: Scene, ui: str | None, link: str | None
) -> None:
    scene.ui = ui
    scene.tell([ALERT], NONE, NOON)
    assert scene.links == [link]


def test_an_alert_is_told_later_for_a_day_and_is_then_as_it_was(scene: Scene) -> None:
    table = AlertTable(Tables(scene.files))
    table.add([ALERT], NOON, has_webhook=True)
    assert table.find_missed([STALE], NOON) == [(NOON, ALERT)]
    assert table.find_missed([STALE], NOON + timedelta(microseconds=1)) == []
    assert table.find_missed([FAILURE, RECOVERY], NOON) == []
