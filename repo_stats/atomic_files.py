"""Replaces a file on a local disk: readers see the old content or all of the new content.

This module imports nothing else of the package, so that every layer may use it.
"""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def replace_file(
    path: Path, content: bytes, *, is_private: bool = False, mode: int | None = None
) -> os.stat_result:
    """Write a hidden file beside the target, then rename it. Missing folders are made.

    Args:
        path: the file to replace or create.
        content: all of its new content.
        is_private: whether only the owner may read the file, from the moment it is created, and
            enter its folder, if that is made.
        mode: the permissions of the file; None for those that new files have.

    Returns:
        What the system says of the new file; another process may have replaced it since.

    Raises:
        OSError: the file cannot be written; its old content stays.
    """
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    permissions = 0o600 if is_private else 0o666
    try:
        written = _write(temporary, content, permissions, mode)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700 if is_private else 0o777, parents=True, exist_ok=True)
        written = _write(temporary, content, permissions, mode)
    try:
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return written


def _write(path: Path, content: bytes, permissions: int, mode: int | None) -> os.stat_result:
    """Write a new file, which is removed again if that does not work."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, permissions)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                path.chmod(mode)
            file.write(content)
            file.flush()
            return os.fstat(descriptor)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
