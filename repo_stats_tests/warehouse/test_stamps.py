"""Stamps: a listing shows which files were written again."""

import os
from pathlib import Path
from typing import Any

import pytest

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.stamps import list_stamps, remote_stamp
from repo_stats_tests.helpers.rows import NOW


def test_a_file_has_the_stamp_that_its_writing_gave_until_it_is_written_again(
    files: Files,
) -> None:
    assert files.stamps("t/o") == {}
    first = files.write("t/o/n.parquet", b"1")
    other = files.write("t/o/m.parquet", b"1")
    assert files.stamps("t/o") == {"n.parquet": first, "m.parquet": other}
    second = files.write("t/o/n.parquet", b"2")
    assert second != first
    assert files.stamps("t/o") == {"n.parquet": second, "m.parquet": other}
    files.delete("t/o/m.parquet")
    assert files.stamps("t/o") == {"n.parquet": second}


@pytest.mark.parametrize(("size", "moment"), [(2, 5), (1, 6)])
def test_a_file_of_another_size_or_time_has_another_stamp(
    tmp_path: Path, size: int, moment: int
) -> None:
    path = tmp_path / "n"
    stamps = []
    for length, seconds in ((1, 5), (size, moment)):
        path.write_bytes(b"x" * length)
        os.utime(path, (seconds, seconds))
        stamps.append(Files(str(tmp_path)).stamps("."))
    assert stamps[0] != stamps[1]


def test_another_file_of_the_same_size_and_time_has_another_stamp(tmp_path: Path) -> None:
    stamps = []
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (5, 5))
        stamps.append(Files(str(tmp_path)).stamps(".")[name])
    assert stamps[0] != stamps[1]


@pytest.mark.parametrize(
    ("info", "stamp"),
    [
        ({"ETag": '"1"', "LastModified": "x", "size": 3}, '"1"-3'),
        ({"etag": "2", "mtime": 9.0, "size": 3}, "2-3"),
        ({"md5Hash": "m", "created": "c", "size": 3}, "m-3"),
        ({"LastModified": "l", "mtime": 9.0, "size": 3}, "l-3"),
        ({"mtime": 9.0, "created": "c", "size": 3}, "9.0-3"),
        ({"created": NOW, "size": 3}, f"{NOW.timestamp()}-3"),
        ({"created": "c", "size": 3}, "c-3"),
        ({"ETag": "", "created": "c", "size": 3}, "c-3"),
        ({"size": 3}, "-3"),
        ({}, "-None"),
    ],
)
def test_an_object_has_its_version_as_a_stamp_or_else_its_time(
    info: dict[str, Any], stamp: str
) -> None:
    assert remote_stamp(info) == stamp


def test_a_file_that_goes_while_a_folder_is_listed_is_not_there(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"x")
    first, second, third = os.listdir(tmp_path)
    listed = list_stamps(tmp_path)
    assert next(listed)[0] == first
    (tmp_path / second).unlink()
    assert [name for name, _ in listed] == [third]


def test_a_path_that_is_no_folder_has_no_stamps(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"in the way")
    assert Files(str(tmp_path)).stamps("t") == {}


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(WarehouseError, match=r"/t cannot be listed \(Permission denied\)"):
        Files(str(tmp_path)).stamps("t")
