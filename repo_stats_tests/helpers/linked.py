"""Warehouses that are made once, and of which each test has a copy whose files are links.

The files of a copy have the stamps of those they were copied from, so that what is known of them
stays true. Whatever writes into a warehouse replaces a file instead of changing it, as a test that
spoils one must do, too: see `overwrite`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repo_stats.warehouse.stamps import local_stamp


@contextmanager
def linked(made: Path, copy: Path) -> Iterator[Path]:
    """A copy of a folder, for as long as a test takes; the folder must be the same afterwards."""
    before = _contents(made)
    yield Path(shutil.copytree(made, copy, copy_function=os.link, dirs_exist_ok=True))
    assert _contents(made) == before, "a test changed files that others look at"


def overwrite(path: Path, content: bytes) -> None:
    """Put another file in the place of one."""
    path.unlink()
    path.write_bytes(content)


def write_again(path: Path) -> None:
    """Put a file with the same content in the place of one."""
    overwrite(path, path.read_bytes())


def _contents(folder: Path) -> dict[Path, tuple[str, bytes]]:
    files = [path for path in folder.rglob("*.*") if path.is_file()]
    return {path: (local_stamp(path.stat()), path.read_bytes()) for path in files}
