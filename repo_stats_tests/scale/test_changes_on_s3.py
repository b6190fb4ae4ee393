"""Rows that cannot be fetched again, in a bucket that several processes write to at once."""

from functools import partial

import pandas as pd
import pytest

from repo_stats.metrics.history import append_statistics
from repo_stats.warehouse.changes import change_file, replace_content
from repo_stats.warehouse.files import Files, InUseError, WarehouseError
from repo_stats.warehouse.objects.choice import PROBE
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.processes import start
from repo_stats_tests.helpers.rows import NOW, statistics
from repo_stats_tests.scale.s3_server import S3Server

WRITER = """
import sys
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics

print("ready", flush=True)
sys.stdin.readline()
tables = Tables(Files("s3://bucket/stats"))
for stars in range(25):
    row = statistics(forks=FORKS, stars=stars)

    def add(rows):
        return row if rows is None else join_frames(REPO_HISTORY, [rows, row])

    tables.update(REPO_HISTORY, "a/b", add)
"""

ASKER = """
import sys
from repo_stats.warehouse.daily_reads import DailyReads
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.rows import NOW

print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    DailyReads(Files("s3://bucket/stats"), "traffic").record([f"{OWNER}/{number}"], NOW)
"""


def run_at_once(code: str, **values: tuple[object, object]) -> None:
    """Run two processes that begin together, each with its value of a name."""
    [(name, each)] = values.items()
    writers = [start(code, **{name: value}) for value in each]
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


def test_two_processes_at_once_lose_no_row_of_each_other(files: Files) -> None:
    run_at_once(WRITER, FORKS=(10, 20))
    history = Tables(files).find_kept(REPO_HISTORY, "a/b")
    assert history is not None
    rows = sorted(zip(history["forks"], history["stars"], strict=True))
    assert rows == [(forks, stars) for forks in (10, 20) for stars in range(25)]


def test_two_processes_at_once_forget_no_reading_of_each_other(files: Files) -> None:
    from repo_stats.warehouse.daily_reads import DailyReads

    run_at_once(ASKER, OWNER=("a", "b"))
    asked = [f"{owner}/{number}" for owner in ("a", "b") for number in range(10)]
    assert DailyReads(files, "traffic").find_due([*asked, "c/0"], NOW) == ["c/0"]


def append(files: Files) -> None:
    row = statistics()
    change = partial(append_statistics, row=row, now=NOW)
    Tables(files).update(REPO_HISTORY, "a/b", change)


@pytest.mark.parametrize("server", ["ignores", "refuses"], indirect=True)
def test_storage_without_conditional_writes_is_refused_before_a_row_can_be_lost(
    files: Files, server: S3Server
) -> None:
    with pytest.raises(WarehouseError) as raised:
        append(files)
    assert str(raised.value) == (
        "s3://bucket/stats cannot hold tables whose rows cannot be fetched again, because its "
        "storage does not write on a condition (If-Match), so that two runs at once would lose "
        "rows; set REPO_STATS_WAREHOUSE to a folder, or to storage that does."
    )
    assert not files.exists("repo_history/a/b.parquet")
    files.write("open_issues/a/b.parquet", b"can be fetched again")


def test_conditional_writes_are_tried_once_in_a_process(files: Files, server: S3Server) -> None:
    append(files)
    assert server.calls == [
        "GET /bucket/stats/repo_history/a/b.parquet",
        *[f"PUT /bucket/stats/{PROBE}"] * 3,
        "PUT /bucket/stats/repo_history/a/b.parquet",
    ]
    server.calls.clear()
    change_file(files, "t/n", lambda _: b"1")
    assert server.calls == ["GET /bucket/stats/t/n", "PUT /bucket/stats/t/n"]


def test_a_change_that_makes_nothing_writes_nothing(files: Files, server: S3Server) -> None:
    change_file(files, "t/n", lambda _: None)
    assert server.calls == ["GET /bucket/stats/t/n"]


def test_a_change_is_made_again_on_what_came_in_between(files: Files) -> None:
    files.write("t/n", b"1")
    seen: list[bytes | None] = []

    def add(content: bytes | None) -> bytes:
        seen.append(content)
        if len(seen) == 1:
            files.write("t/n", b"12")
        if len(seen) == 2:
            files.delete("t/n")
        return (content or b"") + b"3"

    change_file(files, "t/n", add)
    assert seen == [b"1", b"12", None]
    assert files.read("t/n") == b"3"


def test_a_write_whose_answer_was_lost_is_not_made_twice(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("t/n", b"1")
    kind = type(files.store)
    write = kind.write_version

    def write_twice(self: object, url: str, content: bytes, version: str | None) -> None:
        for _ in range(1 if url.endswith(PROBE) else 2):
            write(self, url, content, version)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "write_version", write_twice)
    change_file(files, "t/n", lambda content: (content or b"") + b"2")
    assert files.read("t/n") == b"12"


def test_who_is_always_too_late_is_told_so(files: Files) -> None:
    numbers = iter(range(1_000_000))

    def lose(_: bytes | None) -> bytes:
        files.write("t/n", str(next(numbers)).encode())
        return b"mine"

    with pytest.raises(InUseError) as raised:
        change_file(files, "t/n", lose, 0.0)
    assert str(raised.value) == (
        "s3://bucket/stats/t/n was changed by other processes again and again for 0 seconds; see "
        "which runs write to this warehouse."
    )


def test_a_file_is_replaced_or_removed_only_as_it_was_read(files: Files) -> None:
    files.write("t/n", b"1")
    assert not replace_content(files, "t/n", b"0", b"2")
    assert not replace_content(files, "t/n", b"0", None)
    assert files.read("t/n") == b"1"
    assert replace_content(files, "t/n", b"1", b"2")
    assert files.read("t/n") == b"2"
    assert replace_content(files, "t/n", b"2", None)
    assert files.read("t/n") is None
    assert not replace_content(files, "t/n", b"2", None)


@pytest.mark.parametrize("server", ["removes"], indirect=True)
def test_storage_that_removes_without_a_condition_removes_no_rows(
    files: Files, server: S3Server
) -> None:
    append(files)
    path = "repo_history/a/b.parquet"
    with pytest.raises(WarehouseError) as raised:
        replace_content(files, path, files.read(path) or b"", None)
    assert str(raised.value) == (
        "s3://bucket/stats/repo_history/a/b.parquet cannot be removed, because its storage does "
        "not remove on a condition (If-Match), so that a row which another run adds would be lost; "
        "remove the file while nothing runs."
    )
    assert files.exists(path)


def test_what_is_written_right_before_a_file_is_removed_stays(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("t/n", b"1")
    kind = type(files.store)
    delete = kind.delete_version

    def write_first(self: object, url: str, version: str | None) -> None:
        files.write("t/n", b"12")
        delete(self, url, version)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "delete_version", write_first)
    assert not replace_content(files, "t/n", b"1", None)
    assert files.read("t/n") == b"12"


def test_a_history_is_the_same_as_on_a_disk(files: Files, tmp_path: object) -> None:
    histories: list[pd.DataFrame] = []
    for each in (files, Files(str(tmp_path))):
        append(each)
        append(each)
        history = Tables(each).find_kept(REPO_HISTORY, "a/b")
        assert history is not None
        histories.append(history)
    assert len(histories[0]) == 1
    assert histories[0].equals(histories[1])
