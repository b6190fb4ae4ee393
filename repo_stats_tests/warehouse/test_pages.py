"""Pages of lists in the warehouse: rows with their heads, confirmed, replaced and outdated."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repo_stats.github.issues.pages import Page, PageHead, PageKey, hash_rows
from repo_stats.github.parsing import parse_issues
from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import LostPageError, PageFolder
from repo_stats.warehouse.parquet import from_parquet, to_parquet
from repo_stats.warehouse.schemas import ISSUE_PAGES, OPEN_ISSUES
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.rows import NOW

KEY = PageKey.numbered("a/b", 1)


def page(items: int = 10) -> Page:
    objects = generated(Shape("a/b", items, min(items, 3), 0)).issues
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
        updates={row["id"]: int(row["updated_at"].timestamp()) for row in rows},
    )
    return Page(head, rows)


def test_a_page_comes_back_with_its_head(files: Files) -> None:
    folder = PageFolder(files)
    written = page()
    folder.write(KEY, written)
    assert folder.head(KEY) == written.head
    assert folder.heads("a/b") == {KEY: written.head}
    items = folder.read_items({KEY: written.head}, {KEY: None})
    assert items["id"].to_pylist() == [row["id"] for row in written.rows]
    assert items.column_names == OPEN_ISSUES.names


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
    files.write("issue_pages/a/b/0002.txt", b"")
    files.write("issue_pages/a/other/0001.parquet", b"")
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
    assert items["id"].to_pylist() == [row["id"] for row in written.rows]


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
    assert items.column_names == OPEN_ISSUES.names
    assert items["labels"].to_pylist() == [row["labels"] for row in written.rows]


def test_a_page_with_all_columns_is_read_without_its_raw_objects(files: Files) -> None:
    folder = PageFolder(files)
    written = page()
    table = pa.Table.from_pylist(list(written.rows), ISSUE_PAGES.arrow).drop_columns(["raw"])
    files.write(folder.path(KEY), to_parquet(table, written.head))
    items = folder.read_items({KEY: written.head}, {KEY: None})
    assert items["id"].to_pylist() == [row["id"] for row in written.rows]


@pytest.mark.parametrize(
    ("part", "other"), [('"state":', '"was": '), ("{", "[")], ids=["other keys", "no JSON"]
)
def test_a_page_of_an_older_version_with_an_impossible_object_is_fetched_again(
    files: Files, part: str, other: str
) -> None:
    folder = PageFolder(files)
    written = page()
    folder.write(KEY, written)
    path = folder.path(KEY)
    table = from_parquet(files.read(path) or b"").drop_columns(["labels"])
    raws = [raw.replace(part, other) for raw in table["raw"].to_pylist()]
    column = table.column_names.index("raw")
    files.write(path, to_parquet(table.set_column(column, "raw", pa.array(raws))))
    with pytest.raises(LostPageError, match="it is fetched again"):
        folder.read_items({KEY: written.head}, {KEY: None})
    assert folder.keys("a/b") == []


def older_page(files: Files, key: PageKey) -> Page:
    """A page as it was stored before heads held the updates of their items."""
    written = page()
    table = pa.Table.from_pylist(list(written.rows), ISSUE_PAGES.arrow)
    footer = asdict(written.head)
    del footer["updates"]
    footer = {
        name: value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in footer.items()
    }
    files.write(PageFolder(files).path(key), to_parquet(table, footer))
    return written


def test_a_page_that_an_older_version_stored_has_its_whole_head(files: Files) -> None:
    written = older_page(files, KEY)
    assert PageFolder(files).heads("a/b") == {KEY: written.head}


def test_a_page_that_an_older_version_stored_is_confirmed_and_keeps_its_rows(files: Files) -> None:
    written = older_page(files, KEY)
    folder = PageFolder(files)
    confirmed = replace(written.head, validated_at=NOW + timedelta(hours=1))
    folder.confirm(KEY, written.head, confirmed)
    assert folder.head(KEY) == confirmed
    items = folder.read_items({KEY: confirmed}, {KEY: None})
    assert items["id"].to_pylist() == [row["id"] for row in written.rows]


def test_a_page_that_an_older_version_has_replaced_meanwhile_is_not_used(files: Files) -> None:
    older_page(files, KEY)
    folder = PageFolder(files)
    with pytest.raises(LostPageError, match="Another run replaced the stored page"):
        folder.read_items({KEY: page(7).head}, {KEY: None})
    assert folder.keys("a/b") == [KEY]


def test_a_head_that_cannot_be_read_counts_as_missing(files: Files) -> None:
    folder = PageFolder(files)
    assert folder.head(KEY) is None
    others = [
        pa.table({"id": [1]}),
        pa.table({"id": [1], "updated_at": ["today"]}),
        pa.table({"id": pa.array([1]), "updated_at": pa.array([None], pa.timestamp("us", "UTC"))}),
    ]
    contents = [b"PAR1 damaged PAR1", *(to_parquet(table, {"url": "x"}) for table in others)]
    for content in contents:
        files.write(folder.path(KEY), content)
        assert folder.heads("a/b") == {}
    assert folder.keys("a/b") == [KEY]
