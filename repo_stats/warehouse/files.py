"""Files of the warehouse: whole files only, put in place at once or not at all.

That holds on local disks, by renaming, and on object storage, where a write is one request.

A path below the warehouse is written with slashes, whatever the machine's own separator is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from repo_stats.atomic_files import replace_file

LOCK_TIMEOUT = 60.0
"""Seconds to wait for another process to be done with a file: it needs less than one."""


class WarehouseError(Exception):
    """The warehouse cannot be used; the message says which file and why in one sentence."""


@dataclass(frozen=True)
class Files:
    """The files below an absolute path or an fsspec URL such as `s3://bucket/stats`.

    Attributes:
        root: that path or URL.
    """

    root: str

    @property
    def is_local(self) -> bool:
        """Whether the files are on this machine's own disks."""
        return "://" not in self.root or self.root.startswith("file://")

    def uri(self, path: str) -> str:
        """Where a file is, as other programs understand it."""
        return f"{self.root.rstrip('/')}/{path}"

    def read(self, path: str) -> bytes | None:
        """The content of a file, or None if there is none.

        Raises:
            WarehouseError: the file is there and cannot be read.
        """
        try:
            if self.is_local:
                return self._local(path).read_bytes()
            content: bytes = self.filesystem.cat_file(self.uri(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise WarehouseError(f"{self.uri(path)} cannot be read ({_reason(error)}).") from error
        return content

    def exists(self, path: str) -> bool:
        """Whether there is such a file.

        Raises:
            WarehouseError: that cannot be told.
        """
        try:
            return self._local(path).exists() if self.is_local else self._remote_exists(path)
        except OSError as error:
            raise WarehouseError(f"{self.uri(path)} cannot be read ({_reason(error)}).") from error

    def write(self, path: str, content: bytes) -> None:
        """Put a file in place: readers see what was there before, or all of this.

        Raises:
            WarehouseError: it cannot be written; what was there before stays.
        """
        try:
            if self.is_local:
                replace_file(self._local(path), content)
            else:
                self.filesystem.pipe_file(self.uri(path), content)
        except OSError as error:
            raise WarehouseError(
                f"{self.uri(path)} cannot be written ({_reason(error)}); what was stored before is "
                "unchanged. Check REPO_STATS_WAREHOUSE, its permissions and its free space."
            ) from error

    @contextmanager
    def locked(self, path: str) -> Iterator[None]:
        """Keep other processes that also ask for it from changing a file meanwhile.

        The system gives the lock back when its holder ends, however it ends. Object storage has no
        locks: there it holds nobody up.

        Raises:
            WarehouseError: the lock cannot be taken.
        """
        if not self.is_local:
            yield
            return
        target = self._local(path)
        lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=LOCK_TIMEOUT)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise WarehouseError(
                f"{self.uri(path)} is in use by another process, which has not been done with it "
                f"for {LOCK_TIMEOUT:.0f} seconds; see what holds {lock.lock_file}."
            ) from None
        except OSError as error:
            raise WarehouseError(
                f"{self.uri(path)} cannot be locked ({_reason(error)}). Check REPO_STATS_WAREHOUSE "
                "and its permissions."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def delete(self, path: str) -> None:
        """Remove a file; no error if it is not there.

        Raises:
            WarehouseError: it is there and cannot be removed.
        """
        try:
            if self.is_local:
                self._local(path).unlink()
            else:
                self.filesystem.rm_file(self.uri(path))
        except FileNotFoundError:
            return
        except OSError as error:
            raise WarehouseError(
                f"{self.uri(path)} cannot be removed ({_reason(error)})."
            ) from error

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, sorted; empty if there is no such folder.

        Raises:
            WarehouseError: the folder is there and cannot be read.
        """
        try:
            if self.is_local:
                return sorted(entry.name for entry in self._local(folder).iterdir())
            listed = self.filesystem.ls(self.uri(folder), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise WarehouseError(
                f"{self.uri(folder)} cannot be listed ({_reason(error)})."
            ) from error
        return sorted(PurePosixPath(entry).name for entry in listed)

    def _local(self, path: str) -> Path:
        return Path(self.root.removeprefix("file://")) / path

    def _remote_exists(self, path: str) -> bool:
        return bool(self.filesystem.exists(self.uri(path)))

    @property
    def filesystem(self) -> Any:
        """The fsspec file system of files that are not on this machine's own disks.

        Raises:
            WarehouseError: there is none for the URL.
        """
        from fsspec.core import url_to_fs  # a warehouse on local disks does not need it

        try:
            return url_to_fs(self.root)[0]
        except (ImportError, ValueError) as error:
            raise WarehouseError(
                f"REPO_STATS_WAREHOUSE is {self.root!r}, which cannot be reached ({error})."
            ) from None


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
