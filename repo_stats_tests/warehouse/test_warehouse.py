"""The warehouse: whole files or none, tables that come back as they went in, pages with heads."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repo_stats.github.issues.pages import Page, PageHead, PageKey, hash_rows
from repo_stats.github.parsing import parse_issues
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import hash_content, to_frame
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.parquet import from_parquet, to_parquet
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUE_PAGES, OPEN_ISSUES, REPO_STATISTICS, TABLES
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, statistics

KEY = PageKey.numbered("a/b", 1)


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return Files(str(tmp_path) if request.param == "folder" else f"memory://{tmp_path}")


def page(items: int = 10) -> Page:
    objects = generate_repository(Shape("a/b", items, min(items, 3), 0)).issues
    rows = parse_issues(objects, "a/b", 1)
    url = "https://api.example/x"
    head = PageHead(
        url=url,
        next_url=None,
        etag='W/"1"',
        token_id=None,
        fetched_at=NOW,
        validated_at=NOW,
        answered_at=NOW,
        served_at=NOW,
        content_hash=hash_rows(rows),
        rows=items,
        is_full=False,
        last_updated_at=max((row["updated_at"] for row in rows), default=None),
    )
    return Page(head, rows)


def test_a_file_is_read_as_it_was_written_and_can_be_replaced_and_removed(files: Files) -> None:
    assert files.read("t/o/n.parquet") is None
    assert files.names("t/o") == []
    files.write("t/o/n.parquet", b"1")
    files.write("t/o/n.parquet", b"2")
    assert files.read("t/o/n.parquet") == b"2"
    assert files.names("t/o") == ["n.parquet"]
    files.delete("t/o/n.parquet")
    files.delete("t/o/n.parquet")
    assert files.read("t/o/n.parquet") is None


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(str(tmp_path))
    files.write("t/n.parquet", b"old")

    def fail(self: Path, content: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(WarehouseError) as error:
        files.write("t/n.parquet", b"new")
    assert "t/n.parquet cannot be written (No space left on device)" in str(error.value)
    assert files.read("t/n.parquet") == b"old"
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["n.parquet"]


def test_a_path_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("in the way")
    with pytest.raises(WarehouseError, match=r"t/n\.parquet cannot be written"):
        Files(str(tmp_path)).write("t/n.parquet", b"")


def test_a_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    Files(str(tmp_path)).write("n.parquet", b"")
    (tmp_path / "other").touch()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.name)
def test_an_empty_table_keeps_its_columns(files: Files, schema: object) -> None:
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


def test_scans_are_kept_beside_the_rows(files: Files) -> None:
    tables = Tables(files)
    scan = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")
    tables.write(OPEN_ISSUES, "a/b", to_frame(OPEN_ISSUES, []), scan)
    assert tables.read_scanned(OPEN_ISSUES, ["a/b"]).scans == {"a/b": scan}
    assert tables.find_scan(OPEN_ISSUES, "a/b") == scan
    assert tables.find_scan(OPEN_ISSUES, "c/d") is None


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


def test_a_page_comes_back_with_its_head(files: Files) -> None:
    folder = PageFolder(files)
    written = page()
    folder.write(KEY, written)
    assert folder.head(KEY) == written.head
    assert folder.heads("a/b") == {KEY: written.head}
    items = folder.read_items({KEY: written.head}, {KEY: None})
    assert items["id"].tolist() == [row["id"] for row in written.rows]
    assert list(items.columns) == OPEN_ISSUES.names


def test_anything_that_reads_parquet_reads_a_page_with_its_raw_objects(tmp_path: Path) -> None:
    written = page()
    PageFolder(Files(str(tmp_path))).write(KEY, written)
    table = pq.read_table(tmp_path / "issue_pages" / "a" / "b" / "0001.parquet")
    assert table.column_names == ISSUE_PAGES.names
    assert table["raw"].to_pylist() == [row["raw"] for row in written.rows]


def test_only_pages_have_heads(files: Files) -> None:
    folder = PageFolder(files)
    keys = [PageKey.numbered("a/b", 1), PageKey.numbered("a/b", 4), PageKey.window("a/b", NOW, 2)]
    for key in keys:
        folder.write(key, page())
    files.write("issue_pages/a/b/notes.parquet", b"")
    assert folder.keys("a/b") == keys
    assert list(folder.heads("a/b")) == keys


def test_a_confirmed_page_is_younger_and_otherwise_the_same(files: Files) -> None:
    folder = PageFolder(files)
    written = page()
    folder.write(KEY, written)
    later = NOW + timedelta(hours=1)
    confirmed = replace(written.head, validated_at=later, answered_at=later)
    folder.confirm(KEY, written.head, confirmed)
    assert folder.head(KEY) == confirmed
    items = folder.read_items({KEY: confirmed}, {KEY: None})
    assert items["id"].tolist() == [row["id"] for row in written.rows]


def test_a_page_that_was_replaced_meanwhile_is_not_confirmed(files: Files) -> None:
    folder = PageFolder(files)
    old, new = page(), page(7)
    folder.write(KEY, new)
    later = replace(old.head, validated_at=NOW + timedelta(hours=1))
    folder.confirm(KEY, old.head, later)
    assert folder.head(KEY) == new.head


def test_a_page_of_an_older_version_is_parsed_anew_from_its_raw_objects(files: Files) -> None:
    folder = PageFolder(files)
    written = page()
    folder.write(KEY, written)
    path = folder.path(KEY)
    table = from_parquet(files.read(path) or b"")
    files.write(path, to_parquet(table.drop_columns(["labels", "milestone"])))
    items = folder.read_items({KEY: written.head}, {KEY: None})
    assert list(items.columns) == OPEN_ISSUES.names
    assert [list(labels) for labels in items["labels"]] == [row["labels"] for row in written.rows]


def test_a_hash_depends_on_no_other_repository_of_the_run() -> None:
    alone = hash_content(REPO_STATISTICS, statistics())
    both = pd.concat([statistics(), statistics(repo="c/d", subscribers=None)])
    assert hash_content(REPO_STATISTICS, both[both["repo"] == "a/b"]) == alone


def test_a_damaged_table_says_what_to_do(files: Files) -> None:
    files.write("repo_statistics/a/b.parquet", b"PAR1 damaged")
    with pytest.raises(WarehouseError, match=r"b\.parquet is damaged; refresh a/b"):
        Tables(files).read(REPO_STATISTICS, ["a/b"])


@pytest.mark.parametrize("root", ["nowhere://bucket", "s3://bucket"])
def test_a_warehouse_of_an_unknown_kind_is_named(root: str) -> None:
    with pytest.raises(WarehouseError, match=f"REPO_STATS_WAREHOUSE is '{root}'"):
        Files(root).read("x")
