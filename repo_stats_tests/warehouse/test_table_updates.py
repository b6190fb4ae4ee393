"""Rows that cannot be fetched again: changed by two processes at once, damaged, half written."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from repo_stats.metrics.history import append_statistics
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.processes import start
from repo_stats_tests.helpers.rows import NOW, statistics

HOUR = timedelta(hours=1)


def append_now(tables: Tables, row: pd.DataFrame) -> pd.DataFrame | None:
    now = row["snapshot_at"].item()
    return tables.update(REPO_HISTORY, "a/b", partial(append_statistics, row=row, now=now))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no table" * 50, b"outdated"])
def test_a_history_that_cannot_be_read_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    tables = Tables(Files(str(tmp_path)))
    append_now(tables, statistics())
    file = tmp_path / "repo_history" / "a" / "b.parquet"
    if content == b"outdated":
        pd.read_parquet(file).drop(columns="forks").to_parquet(file)
        content = file.read_bytes()
    file.write_bytes(content)
    with pytest.raises(WarehouseError, match=r"repo_history/a/b\.parquet is damaged") as raised:
        append_now(tables, statistics(snapshot_at=NOW + HOUR, stars=9))
    assert str(raised.value).endswith("or move it away to start a new one.")
    assert file.read_bytes() == content
    file.unlink()
    assert append_now(tables, statistics()) is not None


WRITER = """
import sys
from datetime import timedelta
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.tables import Tables

def add(history):
    last = history.tail(1)
    after = last.assign(snapshot_at=last["snapshot_at"] + timedelta(seconds=1), forks=FORKS)
    return join_frames(REPO_HISTORY, [history, after])

print("ready", flush=True)
sys.stdin.readline()
for _ in range(30):
    Tables(Files(ROOT)).update(REPO_HISTORY, "a/b", add)
"""


def test_two_processes_at_once_lose_no_row_of_each_other(tmp_path: Path) -> None:
    tables = Tables(Files(str(tmp_path)))
    append_now(tables, statistics())
    writers = [start(WRITER, ROOT=str(tmp_path), FORKS=forks) for forks in (10, 20)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0]
    history = tables.find_kept(REPO_HISTORY, "a/b")
    assert history is not None
    assert history["forks"].value_counts().to_dict() == {10: 30, 20: 30, 1: 1}
    assert history["snapshot_at"].is_monotonic_increasing
    assert history["snapshot_at"].is_unique


def test_without_locks_a_row_that_came_in_between_is_kept_as_well() -> None:
    tables = Tables(Files("memory://in-between"))
    append_now(tables, statistics())
    late = statistics(snapshot_at=NOW + HOUR, stars=5)
    seen = []

    def change(history: pd.DataFrame | None) -> pd.DataFrame | None:
        assert history is not None
        seen.append(len(history))
        if len(seen) == 1:
            tables.write(REPO_HISTORY, "a/b", join_frames(REPO_HISTORY, [history, late]))
        row = statistics(snapshot_at=NOW + 2 * HOUR, stars=6)
        return append_statistics(history, row, NOW + 2 * HOUR)

    tables.update(REPO_HISTORY, "a/b", change)
    stored = tables.find_kept(REPO_HISTORY, "a/b")
    assert seen == [1, 2]
    assert stored is not None
    assert stored["stars"].tolist() == [1, 5, 6]


KILLED_WHILE_REPLACING = """
import os, signal
from datetime import timedelta
from pathlib import Path
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.tables import Tables

Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Tables(Files(ROOT)).update(
    REPO_HISTORY, "a/b", lambda history: join_frames(REPO_HISTORY, [history, history])
)
"""


def test_a_process_killed_while_it_replaces_a_history_leaves_it_whole_and_unlocked(
    tmp_path: Path,
) -> None:
    tables = Tables(Files(str(tmp_path)))
    append_now(tables, statistics())
    process = start(KILLED_WHILE_REPLACING, ROOT=str(tmp_path))
    process.communicate()
    assert process.returncode == -9
    longer = append_now(tables, statistics(snapshot_at=NOW + HOUR, stars=4))
    assert longer is not None
    assert longer["stars"].tolist() == [1, 4]
    assert tables.repos(REPO_HISTORY) == ["a/b"]
