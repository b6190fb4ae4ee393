"""What a warehouse asks of storage that is not a disk, and how any fsspec file system does it.

A store without conditional writes holds tables, but none whose rows cannot be fetched again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from repo_stats.warehouse.stamps import remote_stamp


class ChangedMeanwhileError(OSError):
    """A conditional write was refused: the object is not as it was read."""


@dataclass(frozen=True)
class StoredObject:
    """An object as it was read.

    Attributes:
        content: its bytes; None if there is no object.
        version: what the store calls this version; None if there is no object.
    """

    content: bytes | None
    version: str | None


@dataclass(frozen=True)
class Entry:
    """What a listing tells of an object or a folder.

    Attributes:
        path: below the folder that was listed.
        stamp: see `stamps`.
        size: in bytes.
    """

    path: str
    stamp: str
    size: int = 0


@dataclass(frozen=True)
class ObjectStore:
    """The objects of a storage, by their URLs; errors are of the kind `OSError`.

    Attributes:
        filesystem: of fsspec.
    """

    filesystem: Any

    def read(self, url: str) -> StoredObject:
        """An object and its version."""
        try:
            return StoredObject(self.filesystem.cat_file(url), None)
        except FileNotFoundError:
            return StoredObject(None, None)

    def open(self, url: str) -> BinaryIO:
        """An object to read parts of.

        Raises:
            FileNotFoundError: there is none.
        """
        file: BinaryIO = self.filesystem.open(url, "rb")
        return file

    def find(self, url: str) -> Entry:
        """What a listing would tell of an object.

        Raises:
            FileNotFoundError: there is none.
        """
        return _entry(url, self.filesystem.info(url))

    def write(self, url: str, content: bytes) -> str:
        """Create or replace an object. Returns its stamp."""
        self.filesystem.pipe_file(url, content)
        return remote_stamp(self.filesystem.info(url))

    def write_version(self, url: str, content: bytes, version: str | None) -> None:
        """Create or replace an object, if it still has the version that was read.

        Args:
            url: of the object.
            content: all of its new content.
            version: what was read; None to create an object where there is none.

        Raises:
            ChangedMeanwhileError: it has another version.
            NotImplementedError: the store has no conditional writes.
        """
        raise NotImplementedError

    def delete(self, url: str) -> None:
        """Remove an object."""
        self.filesystem.rm_file(url)

    def delete_version(self, url: str, version: str | None) -> None:
        """Remove an object, if it still has the version that was read.

        Raises:
            ChangedMeanwhileError: it has another version.
            NotImplementedError: the store has no conditional writes.
        """
        raise NotImplementedError

    def list(self, url: str) -> Iterator[Entry]:
        """The objects and folders in a folder; none if there is no such folder."""
        for info in self.filesystem.ls(url, detail=True):
            yield _entry(PurePosixPath(info["name"]).name, info)

    def walk(self, url: str) -> Iterator[Entry]:
        """All objects below a folder, by as few requests as the store allows."""
        below = self.filesystem._strip_protocol(url).rstrip("/") + "/"
        for name, info in self.filesystem.find(url, detail=True).items():
            yield _entry(name.removeprefix(below), info)


def _entry(path: str, info: Mapping[str, Any]) -> Entry:
    return Entry(path, remote_stamp(info), info.get("size") or 0)


class EndOfObject(BytesIO):
    """An open object of which only the end was fetched; the whole one is, if more is needed.

    Args:
        end: the last bytes.
        size: of the whole object, in bytes.
        fetch: fetches all of it.
    """

    def __init__(self, end: bytes, size: int, fetch: Callable[[], bytes]) -> None:
        super().__init__(end)
        self._before = size - len(end)
        self._fetch = fetch

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the whole object; see `io`."""
        is_before = offset < self._before if whence == 0 else -offset > len(self.getvalue())
        if self._before and is_before:
            self._before = 0
            super().seek(0)
            self.write(self._fetch())
            self.truncate()
        place = offset - self._before if whence == 0 else offset
        return super().seek(place, whence) + self._before
