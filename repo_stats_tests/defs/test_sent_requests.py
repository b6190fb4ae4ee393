"""What a run sent within its last minute counts for the run that has its turn next."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.resources import GitHubResource, github_resource
from repo_stats.defs.sent_requests import (
    SENT_TAG,
    TURN_TAG,
    find_sent_before,
    note_sent,
    store_sent,
    tags_of_turn,
)
from repo_stats.defs.steps.github_requests import window_after
from repo_stats.github.client import GitHubClient
from repo_stats.github.http.usage import Usage
from repo_stats_tests.helpers.fixture_types import SettingsFor

NOW = 1_795_435_200.0


@pytest.fixture
def history(instance: dg.DagsterInstance, tmp_path: Path) -> Any:
    """A history whose folder belongs to the test alone."""
    return SimpleNamespace(
        daemon_cursor_storage=instance.daemon_cursor_storage,
        storage_directory=lambda: str(tmp_path),
    )


def make_run(tags: Mapping[str, str]) -> dg.DagsterRun:
    return dg.DagsterRun("refresh_watchlist", run_id="a-run", tags=tags)


def test_what_all_steps_have_sent_counts_for_the_next_run_with_the_same_turn(history: Any) -> None:
    run = make_run({TURN_TAG: "2"})
    note_sent(history, run, Usage(sent=[NOW - 70, NOW - 9]))
    note_sent(history, run, Usage(sent=[NOW - 8]))
    note_sent(history, run, Usage(sent=[NOW - 9, NOW - 5]))  # a later step counts those before it
    store_sent(history, "a-run", 2, NOW)
    assert tags_of_turn(history, 2, NOW) == {TURN_TAG: "2", SENT_TAG: f"{NOW - 5} 3"}
    assert tags_of_turn(history, 1, NOW) == {TURN_TAG: "1"}
    assert tags_of_turn(history, 2, NOW + 55) == {TURN_TAG: "2"}
    store_sent(history, "a-run", 2, NOW)  # a run that sent nothing leaves it as it is
    assert SENT_TAG in tags_of_turn(history, 2, NOW)


def test_a_note_that_was_written_in_half_is_left_out(history: Any, tmp_path: Path) -> None:
    note_sent(history, make_run({TURN_TAG: "2"}), Usage(sent=[NOW - 8]))
    [note] = (file for file in tmp_path.rglob("*") if file.is_file())
    note.with_name("of-a-killed-step").write_bytes(note.read_bytes()[:-3])
    store_sent(history, "a-run", 2, NOW)
    assert tags_of_turn(history, 2, NOW)[SENT_TAG] == f"{NOW - 8} 1"
    assert not any(file.is_file() for file in tmp_path.rglob("*"))


def test_nothing_is_written_for_a_run_without_a_turn_or_without_requests(
    history: Any, tmp_path: Path
) -> None:
    note_sent(history, make_run({}), Usage(sent=[NOW]))
    note_sent(history, make_run({TURN_TAG: "2"}), Usage())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("ago", "waits"), [(20.0, True), (59.0, True), (61.0, False)])
def test_a_run_waits_for_what_the_one_before_it_has_sent(
    settings_for: SettingsFor, ago: float, waits: bool
) -> None:
    now = time.time()
    run = make_run({TURN_TAG: "2", SENT_TAG: f"{now - ago} 4"})
    assert find_sent_before(run) == [now - ago] * 4
    github = github_resource(settings_for("a/b", REPO_STATS_PER_MINUTE="5"))
    github.setup_for_execution(dg.build_init_resource_context())
    assert github.window([now]).delay(now) == 0.0
    github._sent_before = find_sent_before(run)
    for window in (github.window([now]), window_after(github, [])):
        window.record(now)
        assert (window.delay(now) == pytest.approx(60.0 - ago)) is waits


def test_a_step_notes_what_it_sent_to_the_rest_api(
    settings_for: SettingsFor, history: Any, tmp_path: Path
) -> None:
    github: GitHubResource = github_resource(settings_for("a/b"))
    context: Any = SimpleNamespace(instance=history, run=make_run({TURN_TAG: "2"}))
    github.setup_for_execution(context)

    async def end(client: GitHubClient, at: float) -> None:
        async with client:
            client.usage.sent = [at]

    log: Any = None
    asyncio.run(end(github.client(log), NOW))
    asyncio.run(end(github.pulse_client(log), NOW - 1))
    [note] = (tmp_path / "a-run").rglob("*-*")
    assert note.read_text() == f"[{NOW}]"
