"""When repositories were last asked for what is read once a day."""

from datetime import datetime, timedelta, timezone

import pytest

from repo_stats.warehouse.daily_reads import DailyReads
from repo_stats.warehouse.files import Files

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "is_due"),
    [(0, False), (11, False), (13, False), (19, False), (21, True), (24, True), (-2, True)],
)
def test_a_repository_is_asked_once_a_day_and_not_again_at_once_after_midnight(
    files: Files, hours: int, is_due: bool
) -> None:
    """A time from the future was given by a clock that was ahead."""
    reads = DailyReads(files, "traffic")
    reads.record(["a/b"], NOON)
    due = reads.find_due(["c/d", "a/b"], NOON + hours * HOUR)
    assert due == (["c/d", "a/b"] if is_due else ["c/d"])


def test_a_late_reading_is_not_repeated_on_the_same_day(files: Files) -> None:
    reads = DailyReads(files, "traffic")
    reads.record(["a/b"], NOON - 11 * HOUR)
    assert reads.find_due(["a/b"], NOON + 11 * HOUR) == []
    assert reads.find_due(["a/b"], NOON + 13 * HOUR) == ["a/b"]


def test_subjects_are_apart_and_records_add_up(files: Files) -> None:
    traffic, downloads = DailyReads(files, "traffic"), DailyReads(files, "downloads")
    traffic.record(["a/b"], NOON)
    traffic.record(["c/d"], NOON + HOUR)
    assert traffic.find_due(["a/b", "c/d"], NOON + HOUR) == []
    assert downloads.find_due(["a/b", "c/d"], NOON + HOUR) == ["a/b", "c/d"]
    assert traffic.find_older(["a/b", "c/d", "e/f"], NOON + HOUR) == ["a/b", "e/f"]


def test_without_a_first_refresh_nothing_is_asked(files: Files) -> None:
    reads = DailyReads(files, "traffic")
    files.write("repo_metadata/a/b.parquet", b"")
    assert reads.find_ready(["a/b", "c/d"], NOON) == ["a/b"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"asked_at": {"a/b": "never"}}'])
def test_what_is_damaged_only_costs_requests(files: Files, content: bytes) -> None:
    reads = DailyReads(files, "traffic")
    reads.record(["a/b"], NOON)
    files.write("daily_reads/traffic.json", content)
    assert reads.find_due(["a/b"], NOON) == ["a/b"]
    reads.record(["a/b"], NOON)
    assert reads.find_due(["a/b"], NOON) == []
