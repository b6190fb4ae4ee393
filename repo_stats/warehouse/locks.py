"""Locks on files of this machine's own disks, for processes that change the same file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from repo_stats.warehouse.file_errors import InUseError, WarehouseError, reason_of


@contextmanager
def hold_lock(target: Path, uri: str, seconds: float) -> Iterator[None]:
    """Hold the lock of a file. The operating system releases it when the process ends.

    Args:
        target: the file.
        uri: how messages name it.
        seconds: to wait for another process.

    Raises:
        InUseError: another process holds the lock.
        WarehouseError: the lock cannot be taken.
    """
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=seconds)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise InUseError(
            f"{uri} is in use by another process, which did not release it within {seconds:.0f} "
            f"seconds; find the process that holds {lock.lock_file}."
        ) from None
    except OSError as error:
        raise WarehouseError(
            f"{uri} cannot be locked ({reason_of(error)}). Check REPO_STATS_WAREHOUSE and its "
            "permissions."
        ) from error
    try:
        yield
    finally:
        lock.release()
