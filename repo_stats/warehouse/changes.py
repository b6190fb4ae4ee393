"""Changing files whose content cannot be found out again: no process loses what another one writes.

On this machine's own disks a file is changed under a lock. Object storage has no locks. There the
new content is written on condition that the object still is the one that was read; if it is not,
the change is made again.
"""

import random
import time
from collections.abc import Callable

from repo_stats.warehouse.files import LOCK_TIMEOUT, Files, InUseError, WarehouseError
from repo_stats.warehouse.objects.choice import deletes_conditionally, writes_conditionally
from repo_stats.warehouse.objects.store import (
    ChangedMeanwhileError,
    ObjectStore,
    StoredObject,
)

_LONGEST_PAUSE = 1.0
"""Seconds between two attempts at most. The first pauses are far shorter."""

_tried: dict[tuple[str, str], bool] = {}
"""Whether warehouses can write and remove on a condition, as far as this process has tried it."""


def change_file(
    files: Files,
    path: str,
    change: Callable[[bytes | None], bytes | None],
    wait: float | None = None,
) -> None:
    """Replace a file by what a function makes of it.

    Args:
        files: of the warehouse.
        path: of the file.
        change: takes the content, or None if there is no file; returns the new content, or None to
            leave the file as it is. It may be called several times.
        wait: seconds to wait for other processes; None for `LOCK_TIMEOUT`.

    Raises:
        InUseError: another process holds the file, or others change it again and again.
        WarehouseError: the file cannot be read or written, or its storage cannot write on a
            condition; the file stays as it is.
    """
    if not files.is_local:
        _change_object(files, path, change, LOCK_TIMEOUT if wait is None else wait)
        return
    with files.locked(path, wait):
        changed = change(files.read(path))
        if changed is not None:
            files.write(path, changed)


def replace_content(files: Files, path: str, old: bytes, new: bytes | None) -> bool:
    """Replace a file that has the content that was read before, or remove it.

    Args:
        files: of the warehouse.
        path: of the file.
        old: what was read.
        new: the new content; None to remove the file.

    Returns:
        Whether it had that content.

    Raises:
        WarehouseError: see `change_file`.
    """
    if not files.is_local:
        stored = _read(files, path)
        return stored.content == old and _replace_object(files, path, stored, new)
    with files.locked(path):
        if files.read(path) != old:
            return False
        if new is None:
            files.delete(path)
        else:
            files.write(path, new)
    return True


def _change_object(
    files: Files, path: str, change: Callable[[bytes | None], bytes | None], wait: float
) -> None:
    deadline, pause = time.monotonic() + wait, 0.01
    stored = _read(files, path)
    while (changed := change(stored.content)) is not None:
        if _replace_object(files, path, stored, changed):
            return
        stored = _read(files, path)
        if stored.content == changed:  # the answer to the write was lost, and it was sent again
            return
        if time.monotonic() > deadline:
            raise InUseError(
                f"{files.uri(path)} was changed by other processes again and again for {wait:.0f} "
                "seconds; see which runs write to this warehouse."
            )
        time.sleep(random.uniform(0, pause))  # noqa: S311 - so that others do not come at once
        pause = min(2 * pause, _LONGEST_PAUSE)


def _replace_object(files: Files, path: str, stored: StoredObject, new: bytes | None) -> bool:
    """Replace or remove an object, unless it has changed since it was read."""
    try:
        _require_conditional_writes(files)
        if new is None:
            _require_conditional_removal(files, path)
            files.store.delete_version(files.uri(path), stored.version)
        else:
            files.store.write_version(files.uri(path), new, stored.version)
    except ChangedMeanwhileError:
        return False
    except OSError as error:
        raise files.unwritten(path, error) from error
    return True


def _require_conditional_writes(files: Files) -> None:
    if not _try_once(files, "write", writes_conditionally):
        raise WarehouseError(
            f"{files.root} cannot hold tables whose rows cannot be fetched again, because its "
            "storage does not write on a condition (If-Match), so that two runs at once would lose "
            "rows; set REPO_STATS_WAREHOUSE to a folder, or to storage that does."
        )


def _require_conditional_removal(files: Files, path: str) -> None:
    if not _try_once(files, "remove", deletes_conditionally):
        raise WarehouseError(
            f"{files.uri(path)} cannot be removed, because its storage does not remove on a "
            "condition (If-Match), so that a row which another run adds would be lost; remove the "
            "file while nothing runs."
        )


def _try_once(files: Files, what: str, try_out: Callable[[ObjectStore, str], bool]) -> bool:
    if (files.root, what) not in _tried:
        _tried[files.root, what] = try_out(files.store, files.root)
    return _tried[files.root, what]


def _read(files: Files, path: str) -> StoredObject:
    try:
        return files.store.read(files.uri(path))
    except OSError as error:
        raise files.unreadable(path, error) from error
