"""Telling what happened while another process holds the table of alerts."""

from dataclasses import replace

import pytest

from repo_stats.alerts.delivery import NONE, Attempts
from repo_stats.warehouse.files import InUseError
from repo_stats_tests.alerts.scenes import ALERT, MINUTE, NOON, Scene


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repo_stats.alerts.alert_table.LOCK_WAIT", 0.0)


def test_nothing_is_told_while_another_process_holds_the_table(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with scene.files.locked("alerts.parquet"), pytest.raises(InUseError):
        scene.tell([ALERT], NONE, NOON)
    assert (scene.posted, caplog.text) == ([], "")
    assert scene.tell([ALERT], NONE, NOON) == NONE
    assert scene.posted == [ALERT.text]
    assert len(scene.rows) == 1


def test_a_table_that_is_held_for_long_keeps_no_alert_from_being_told(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.is_patient = False
    missed = replace(ALERT, text="missed")
    scene.is_down = True
    attempts = scene.tell([missed], NONE, NOON)
    scene.is_down = False
    with scene.files.locked("alerts.parquet"):
        attempts = scene.tell([ALERT], attempts, NOON)
    assert scene.posted == ["missed (noticed 2026-09-01 12:00 UTC)", ALERT.text]
    held = f"The table of alerts is not up to date: {scene.folder}/alerts.parquet is in use"
    said = [record.message.partition(" by ")[0] for record in caplog.records]
    assert said == ["missed", held, ALERT.text, held]


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


def test_only_the_last_of_what_was_told_unmarked_is_remembered(scene: Scene) -> None:
    told = tuple(("run", str(number)) for number in range(205))
    with scene.files.locked("alerts.parquet"):
        assert scene.tell([], Attempts(unmarked=told), NOON).unmarked == told[-200:]
