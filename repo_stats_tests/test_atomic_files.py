"""Replacing files: whole or not at all, and never readable by others if they are private."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from repo_stats.atomic_files import replace_file


def test_a_private_file_is_for_its_owner_only_before_it_has_any_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fdopen, modes = os.fdopen, []

    def open_it(descriptor: int, how: str) -> Any:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return fdopen(descriptor, how)

    monkeypatch.setattr(os, "fdopen", open_it)
    target = tmp_path / "folder" / "secret"
    replace_file(target, b"s3cret", is_private=True)
    assert (modes, target.read_bytes()) == ([0o600], b"s3cret")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    replace_file(target, b"old")

    def interrupt(path: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert target.read_bytes() == b"old"


def test_a_file_and_its_folder_are_as_open_as_any_new_ones_unless_they_are_private(
    tmp_path: Path,
) -> None:
    replace_file(tmp_path / "folder" / "file", b"x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    modes = [
        [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / name, tmp_path / name / "file")]
        for name in ("folder", "other")
    ]
    assert modes[0] == modes[1]


def test_each_write_has_a_hidden_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, written = Path.replace, []

    def note(path: Path, target: Path) -> Path:
        written.append(path)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", note)
    for _ in range(2):
        replace_file(tmp_path / "file", b"x")
    assert len(set(written)) == 2
    for path in written:
        assert path.parent == tmp_path
        assert path.name.startswith(".file.")
        assert path.suffix == ".tmp"


def test_the_reason_why_a_file_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, flags: int, mode: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="No space left on device"):
        replace_file(tmp_path / "file", b"x")
