"""Files: whole or not there, and errors that name the file."""

import os
import stat
from pathlib import Path

import pytest

from repo_stats.warehouse import files as files_module
from repo_stats.warehouse.files import Files, WarehouseError


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


def test_an_open_file_is_read_from_any_place(files: Files) -> None:
    assert files.open("t/o/n.parquet") is None
    files.write("t/o/n.parquet", b"0123456789")
    file = files.open("t/o/n.parquet")
    assert file is not None
    with file:
        file.seek(-3, 2)
        assert file.read(2) == b"78"


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    with pytest.raises(WarehouseError, match=r"/t cannot be read"):
        Files(str(tmp_path)).open("t")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(str(tmp_path))
    files.write("t/n.parquet", b"old")

    def fail(descriptor: int) -> os.stat_result:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", fail)
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
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("n.parquet", "other")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("root", ["nowhere://bucket", "smb://bucket"])
def test_a_warehouse_of_an_unknown_kind_is_named(root: str) -> None:
    with pytest.raises(WarehouseError, match=f"REPO_STATS_WAREHOUSE is '{root}'"):
        Files(root).read("x")


def test_a_file_that_stays_locked_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_module, "LOCK_TIMEOUT", 0.0)
    files = Files(str(tmp_path))
    with (
        files.locked("t/a/b.parquet"),
        pytest.raises(WarehouseError, match=r"b\.parquet is in use by another process"),
        files.locked("t/a/b.parquet"),
    ):
        pass
    with files.locked("t/a/b.parquet"):
        assert files.names("t/a") == [".b.parquet.lock"]
