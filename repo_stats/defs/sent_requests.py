"""What a run sent within its last minute, for the run that has its turn next.

Each client of a run notes when it sent its requests. When the run has ended, that is stored for
its turn in Dagster's database, and the next run with this turn begins its minute with it.
"""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg

from repo_stats.github.client import GitHubClient
from repo_stats.github.http.rate_limiter import WINDOW
from repo_stats.github.http.usage import Usage
from repo_stats.json_codec import from_json, to_json

TURN_TAG = "repo_stats/turn"
"""Which turn a run has. Only its steps see this tag, and the next one."""

SENT_TAG = "repo_stats/sent_before"
"""When the latest request was sent before a run began, and how many were in that minute."""

_FOLDER = "sent_requests"
"""The folder of the notes, among the values that the steps of a run pass on."""


class NotingClient(GitHubClient):
    """A client that notes what it has sent when it ends.

    Attributes:
        note: called with what its requests cost; None to note nothing.
    """

    note: Callable[[Usage], None] | None = None

    async def __aexit__(self, *error: Any) -> None:
        await super().__aexit__(*error)
        if self.note is not None:
            self.note(self.usage)


def note_sent(instance: Any, run: dg.DagsterRun, usage: Usage) -> None:
    """Note when a client of a run sent its requests of the last minute.

    Args:
        instance: Dagster's.
        run: the run; without a turn there is nobody to note it for.
        usage: of the client.
    """
    if TURN_TAG not in run.tags or not usage.sent:
        return
    folder = _folder_of(instance, run.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{os.getpid()}-{time.monotonic_ns()}").write_bytes(to_json(sorted(usage.sent)))


def store_sent(instance: dg.DagsterInstance, run_id: str, turn: int, now: float) -> None:
    """Store for a turn what the run that had it has sent within the last minute.

    Args:
        instance: Dagster's.
        run_id: of the run, which has ended.
        turn: its number.
        now: the time, in seconds since the epoch.
    """
    folder, sent = _folder_of(instance, run_id), set[float]()
    for note in folder.iterdir() if folder.is_dir() else ():
        with suppress(ValueError):  # a process that was killed may have left half of it
            sent.update(from_json(list[float], note.read_bytes()))
        note.unlink()
    recent = _recent(sent, now)
    if recent:
        text = f"{max(recent)} {len(recent)}"
        instance.daemon_cursor_storage.set_cursor_values({_key_of(turn): text})


def tags_of_turn(instance: dg.DagsterInstance, turn: int, now: float) -> dict[str, str]:
    """The tags of a run that begins its turn.

    Args:
        instance: Dagster's.
        turn: its number.
        now: the time, in seconds since the epoch.
    """
    key = _key_of(turn)
    stored = instance.daemon_cursor_storage.get_cursor_values({key}).get(key, "")
    tags = {TURN_TAG: str(turn)}
    return {**tags, SENT_TAG: stored} if _recent(_parse(stored), now) else tags


def find_sent_before(run: dg.DagsterRun | None) -> list[float]:
    """When requests were sent before a run began, by its tags, in seconds since the epoch."""
    return [] if run is None else _parse(run.tags.get(SENT_TAG, ""))


def _parse(text: str) -> list[float]:
    latest, _, count = text.partition(" ")
    return [float(latest)] * int(count) if count else []


def _recent(sent: Iterable[float], now: float) -> list[float]:
    return [at for at in sent if at + WINDOW > now]


def _key_of(turn: int) -> str:
    return f"{TURN_TAG}/{turn}"


def _folder_of(instance: Any, run_id: str) -> Path:
    return Path(instance.storage_directory()) / run_id / _FOLDER
