"""Replacing files: whole or not at all, and never readable by others if they are private."""

import stat
from pathlib import Path

import pytest

from repo_stats.atomic_files import replace_file


def test_a_private_file_is_for_its_owner_only_before_it_has_any_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bytes, modes = Path.write_bytes, []

    def write(path: Path, content: bytes) -> int:
        modes.append(stat.S_IMODE(path.stat().st_mode))
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", write)
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
