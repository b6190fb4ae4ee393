"""What earlier versions stored is read: the metadata in footers, and failures to refresh."""

import io
from datetime import datetime, timedelta, timezone

import pandas as pd
import pyarrow.parquet as pq
import pytest

from repo_stats.github.issues.sync_state import SyncState
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.parquet import read_footer, replace_footer
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.stale import REFRESH_FAILURES, SYNC_FAILURES, RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics

TIME = datetime(2026, 11, 1, 8, 30, 0, 250_000, timezone.utc)

FOOTER = (
    '{"edition": "0a1b", "scan": {"validated_at": "2026-11-01T08:30:00.250000+00:00", '
    '"ended_at": "2026-11-01T08:31:00+00:00", "is_exact": true, "pages": 3, "rounds": 1, '
    '"changes": 0, "fingerprint": "f"}, "history": {"repo_id": 1, '
    '"api_url": "https://api.github.com", "full_read_at": "2026-11-01T08:30:00.250000+00:00", '
    '"complete_until": "2026-11-01T08:29:00+00:00", '
    '"validated_at": "2026-11-01T08:30:00.250000+00:00"}}'
)

FAILURE = (
    '{\n "repo": "a/b",\n "reason": "GitHub answered 404.",\n '
    '"since": "2026-11-01T08:30:00.250000+00:00",\n "run_id": "r1"\n}'
)


def old_file(footer: str) -> bytes:
    table = to_arrow(REPO_STATISTICS, statistics()).replace_schema_metadata(None)
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({b"repo_stats": footer.encode()})
    return buffer.getvalue()


def test_a_table_comes_with_its_scan_its_revision_and_what_is_known_of_all_items(
    files: Files,
) -> None:
    files.write("repo_statistics/a/b.parquet", old_file(FOOTER))
    tables = Tables(files)
    stored = tables.load(REPO_STATISTICS, "a/b")
    assert stored.revision == tables.revision(REPO_STATISTICS, "a/b") == "0a1b"
    scan = ScanInfo(TIME, TIME.replace(minute=31, microsecond=0), True, 3, 1, 0, "f")
    assert stored.scan == tables.find_scan(REPO_STATISTICS, "a/b") == scan
    assert stored.scan is not None
    assert stored.scan.validated_at.tzinfo is timezone.utc
    assert tables.find_sync_state(REPO_STATISTICS, "a/b") == SyncState(
        1, "https://api.github.com", TIME, TIME.replace(minute=29, microsecond=0), TIME
    )
    pd.testing.assert_frame_equal(tables.read(REPO_STATISTICS, ["a/b"]), statistics())


def test_a_table_that_is_made_of_no_items_has_no_scan(files: Files) -> None:
    files.write(
        "repo_statistics/a/b.parquet",
        old_file('{"edition": "0a1b", "scan": null, "history": null}'),
    )
    stored = Tables(files).load(REPO_STATISTICS, "a/b")
    assert (stored.revision, stored.scan) == ("0a1b", None)


def test_a_footer_without_spaces_after_it_is_replaced() -> None:
    for new in ({"of": "one"}, {"of": "x" * 1000}):
        assert read_footer(dict, replace_footer(old_file(FOOTER), new)) == new


@pytest.mark.parametrize(
    ("folder", "stored_in"),
    [(REFRESH_FAILURES, "problems"), (SYNC_FAILURES, "history_problems")],
    ids=["open items", "all items"],
)
def test_a_failure_is_known_and_lasts_since_it_began(
    files: Files, folder: str, stored_in: str
) -> None:
    files.write(f"{stored_in}/a/b.json", FAILURE.encode())
    failures = RefreshFailures(files, folder)
    [known] = failures.of_run(["a/b"], "r1").values()
    assert (known.reason, known.since) == ("GitHub answered 404.", TIME)
    again = failures.record("a/b", "Still 404.", "r2", TIME + timedelta(days=1))
    assert again.since == TIME
    assert failures.find("a/b") == again
