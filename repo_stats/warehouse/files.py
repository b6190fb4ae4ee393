"""Files of the warehouse: readers see a whole file, the old one or the new one, never a part.

A local write ends with a rename; on object storage a write is a single request. Paths below the
warehouse are written with slashes on every system.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from repo_stats.atomic_files import replace_file
from repo_stats.warehouse.file_errors import (
    IfThere,
    InUseError,
    UnusableFileError,
    WarehouseError,
    error_kind,
    reason_of,
)
from repo_stats.warehouse.locks import hold_lock
from repo_stats.warehouse.objects.choice import choose_store, open_filesystem
from repo_stats.warehouse.objects.store import ObjectStore
from repo_stats.warehouse.stamps import list_stamps, local_stamp

__all__ = ["Files", "InUseError", "UnusableFileError", "WarehouseError"]

LOCK_TIMEOUT = 60.0
"""Seconds to wait for another process to release a file. Processes hold one for under a second."""


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
        """The content of a file, or None if there is no such file.

        Raises:
            WarehouseError: the file exists and cannot be read.
        """
        with self._reading(path):
            if self.is_local:
                return self._local(path).read_bytes()
            return self.store.read(self.uri(path)).content
        return None

    def open(self, path: str) -> BinaryIO | None:
        """A file to read parts of, which the caller closes, or None if there is no such file.

        Reading from it may raise `OSError`; `unreadable` makes a `WarehouseError` of that.

        Raises:
            WarehouseError: the file exists and cannot be opened.
        """
        with self._reading(path):
            if self.is_local:
                return self._local(path).open("rb")
            return self.store.open(self.uri(path))
        return None

    def _reading(self, path: str) -> IfThere:
        return IfThere(lambda error: self.unreadable(path, error))

    def unreadable(self, path: str, error: OSError) -> WarehouseError:
        """The error to raise if a file cannot be read."""
        return error_kind(error)(f"{self.uri(path)} cannot be read ({reason_of(error)}).")

    def unwritten(self, path: str, error: OSError) -> WarehouseError:
        """The error to raise if a file cannot be written."""
        return error_kind(error)(
            f"{self.uri(path)} cannot be written ({reason_of(error)}); what was stored before is "
            "unchanged. Check REPO_STATS_WAREHOUSE, its permissions and its free space."
        )

    def exists(self, path: str) -> bool:
        """Whether there is such a file.

        Raises:
            WarehouseError: that cannot be found out.
        """
        return self.stamp(path) is not None

    def stamp(self, path: str) -> str | None:
        """A text that changes when a file is written again, or None if there is no such file.

        Raises:
            WarehouseError: that cannot be found out.
        """
        with self._reading(path):
            if self.is_local:
                return local_stamp(self._local(path).stat())
            return self.store.find(self.uri(path)).stamp
        return None

    def write(self, path: str, content: bytes) -> str:
        """Replace a file, or create it.

        Returns:
            Its stamp: see `stamps`.

        Raises:
            WarehouseError: the file cannot be written; its old content stays.
        """
        try:
            if self.is_local:
                return local_stamp(replace_file(self._local(path), content))
            return self.store.write(self.uri(path), content)
        except OSError as error:
            raise self.unwritten(path, error) from error

    @contextmanager
    def locked(self, path: str, wait: float | None = None) -> Iterator[None]:
        """Hold a lock on a file, so that processes that take the same lock change it in turn.

        The operating system releases the lock when the process ends, even if it is killed. Only
        files on this machine's own disks have locks: see `changes`.

        Args:
            path: the file.
            wait: seconds to wait for another process; None for `LOCK_TIMEOUT`.

        Raises:
            InUseError: another process holds the lock.
            WarehouseError: the lock cannot be taken.
        """
        if not self.is_local:
            yield
            return
        seconds = LOCK_TIMEOUT if wait is None else wait
        with hold_lock(self._local(path), self.uri(path), seconds):
            yield

    def delete(self, path: str) -> None:
        """Remove a file; a file that does not exist is no error.

        Raises:
            WarehouseError: the file exists and cannot be removed.
        """
        try:
            if self.is_local:
                self._local(path).unlink()
            else:
                self.store.delete(self.uri(path))
        except FileNotFoundError:
            return
        except OSError as error:
            raise WarehouseError(
                f"{self.uri(path)} cannot be removed ({reason_of(error)})."
            ) from error

    def is_same_file(self, one: str, other: str) -> bool:
        """Whether two paths lead to one file, as two spellings do where case is ignored.

        Raises:
            WarehouseError: that cannot be found out.
        """
        if not self.is_local:
            return one == other
        with self._reading(one):
            return self._local(one).samefile(self._local(other))
        return False

    def names(self, folder: str) -> list[str]:
        """The sorted names of what is in a folder; empty if there is no such folder.

        Raises:
            WarehouseError: the folder exists and cannot be listed.
        """
        if not self.is_local:
            return sorted(self.stamps(folder))
        with self._listing(folder):
            return sorted(entry.name for entry in self._local(folder).iterdir())
        return []

    def stamps(self, folder: str) -> dict[str, str]:
        """The files in a folder by name, with their stamps: one listing, however many there are.

        Raises:
            WarehouseError: the folder exists and cannot be listed.
        """
        with self._listing(folder):
            if self.is_local:
                return dict(list_stamps(self._local(folder)))
            return {entry.path: entry.stamp for entry in self.store.list(self.uri(folder))}
        return {}

    def stamps_below(self, folder: str) -> dict[str, str]:
        """The same of all files below a folder in object storage, by their paths from there.

        Raises:
            WarehouseError: the folder exists and cannot be listed.
        """
        with self._listing(folder):
            return {entry.path: entry.stamp for entry in self.store.walk(self.uri(folder))}
        return {}

    def _listing(self, folder: str) -> IfThere:
        return IfThere(
            lambda error: WarehouseError(
                f"{self.uri(folder)} cannot be listed ({reason_of(error)})."
            )
        )

    def _local(self, path: str) -> Path:
        return Path(self.root.removeprefix("file://")) / path

    @property
    def store(self) -> ObjectStore:
        """The storage of files that are not on this machine's own disks.

        Raises:
            WarehouseError: see `filesystem`.
        """
        return choose_store(self.root, self.filesystem)

    @property
    def filesystem(self) -> Any:
        """The fsspec file system of files that are not on this machine's own disks.

        Raises:
            WarehouseError: no file system is installed for the URL.
        """
        return open_filesystem(self.root)
