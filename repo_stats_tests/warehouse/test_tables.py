"""Tables: they come back as they went in, and say what to do where they cannot."""

from datetime import timedelta

import pandas as pd
import pyarrow as pa
import pytest

from repo_stats.github.issues.sync_state import SyncState
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import hash_content, to_frame
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_STATISTICS, TABLES, TableSchema
from repo_stats.warehouse.table_files import join_scanned
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, statistics


@pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.name)
def test_an_empty_table_keeps_its_columns(files: Files, schema: TableSchema) -> None:
    tables = Tables(files)
    tables.write(schema, "a/b", to_frame(schema, []))
    frame = tables.read(schema, ["a/b"])
    assert list(frame.columns) == schema.names
    assert len(frame) == 0


def test_a_table_comes_back_as_it_went_in(files: Files) -> None:
    tables = Tables(files)
    tables.write(REPO_STATISTICS, "a/b", statistics())
    pd.testing.assert_frame_equal(tables.read(REPO_STATISTICS, ["a/b"]), statistics())
    assert tables.repos(REPO_STATISTICS) == ["a/b"]


def test_a_number_that_github_does_not_tell_stays_missing(files: Files) -> None:
    tables = Tables(files)
    frame = pd.concat([statistics(subscribers=None), statistics(repo="c/d")])
    tables.write(REPO_STATISTICS, "both", frame)
    assert tables.read(REPO_STATISTICS, ["both"])["subscribers"].isna().tolist() == [True, False]


def test_a_missing_table_says_what_to_do(files: Files) -> None:
    with pytest.raises(WarehouseError, match="repo_statistics of a/b has not been materialised"):
        Tables(files).read(REPO_STATISTICS, ["a/b"])


def test_a_damaged_table_says_what_to_do(files: Files) -> None:
    files.write("repo_statistics/a/b.parquet", b"PAR1 damaged")
    with pytest.raises(
        WarehouseError, match=r"b\.parquet is damaged \(it cannot be read as Parquet\); refresh a/b"
    ):
        Tables(files).read(REPO_STATISTICS, ["a/b"])


def test_scans_are_kept_beside_the_rows(files: Files) -> None:
    tables = Tables(files)
    scan = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")
    tables.write(OPEN_ISSUES, "a/b", to_frame(OPEN_ISSUES, []), scan)
    stored = {"a/b": tables.load(OPEN_ISSUES, "a/b")}
    assert join_scanned(OPEN_ISSUES, stored).scans == {"a/b": scan}
    assert tables.find_scan(OPEN_ISSUES, "a/b") == scan
    assert tables.find_scan(OPEN_ISSUES, "c/d") is None


def test_rows_of_items_without_a_scan_are_refused(files: Files) -> None:
    tables = Tables(files)
    tables.write(OPEN_ISSUES, "a/b", to_frame(OPEN_ISSUES, []))
    with pytest.raises(WarehouseError, match="open_issues of a/b does not say how its items were"):
        join_scanned(OPEN_ISSUES, {"a/b": tables.load(OPEN_ISSUES, "a/b")})


def test_footers_are_read_without_the_rows(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables(files)
    scan = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")
    sync = SyncState(1, "https://api.example", NOW, NOW, NOW)
    tables.write(OPEN_ISSUES, "a/b", to_frame(OPEN_ISSUES, []), scan, sync)
    stored = tables.find_table(OPEN_ISSUES, "a/b")
    monkeypatch.delattr(Files, "read")
    assert tables.find_scan(OPEN_ISSUES, "a/b") == scan
    assert tables.find_sync_state(OPEN_ISSUES, "a/b") == sync
    assert stored is not None
    assert tables.revision(OPEN_ISSUES, "a/b") == stored.revision is not None


def test_each_write_gives_a_file_another_revision(files: Files) -> None:
    tables = Tables(files)
    revisions = [tables.revision(REPO_STATISTICS, "a/b")]
    for _ in range(2):
        tables.write(REPO_STATISTICS, "a/b", statistics())
        revisions.append(tables.revision(REPO_STATISTICS, "a/b"))
    files.write("repo_statistics/a/b.parquet", b"PAR1 damaged")
    assert tables.revision(REPO_STATISTICS, "a/b") is revisions[0] is None
    assert len(set(revisions)) == 3


def test_what_can_be_fetched_again_is_not_found_where_it_is_damaged_or_outdated(
    files: Files,
) -> None:
    tables = Tables(files)
    assert tables.find(REPO_STATISTICS, "a/b") is None
    files.write("repo_statistics/a/b.parquet", b"PAR1 damaged")
    assert tables.find(REPO_STATISTICS, "a/b") is None
    files.write("repo_statistics/a/b.parquet", to_parquet(pa.table({"repo": ["a/b"]})))
    assert tables.find(REPO_STATISTICS, "a/b") is None
    tables.write(REPO_STATISTICS, "a/b", statistics())
    assert tables.find(REPO_STATISTICS, "a/b") is not None


def test_the_content_hash_is_of_what_rows_say_not_of_when_they_were_read() -> None:
    first = hash_content(REPO_STATISTICS, statistics())
    assert first == hash_content(REPO_STATISTICS, statistics(snapshot_at=NOW + timedelta(1)))
    assert first != hash_content(REPO_STATISTICS, statistics(stars=2))


def test_a_hash_depends_on_no_other_repository_of_the_run() -> None:
    alone = hash_content(REPO_STATISTICS, statistics())
    both = pd.concat([statistics(), statistics(repo="c/d", subscribers=None)])
    assert hash_content(REPO_STATISTICS, both[both["repo"] == "a/b"]) == alone
