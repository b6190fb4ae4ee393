"""Objects as DuckDB reads them: each is requested once, however often it is opened.

DuckDB opens a file several times for one query, and asks for its size and time each time. A listing
tells them of all files at once. What DuckDB then reads of a file is fetched as a whole.
"""

from collections.abc import Iterator
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from io import SEEK_END, BytesIO
from typing import Any
from zlib import crc32

from fsspec.spec import AbstractFileSystem

from repo_stats.warehouse.objects.store import Entry, ObjectStore

_MOST_KEPT = 256_000_000
"""How much of what was read is kept for DuckDB's next look at it, in bytes."""

_WILD = frozenset("*?[")


class QueriedObjects(AbstractFileSystem):  # type: ignore[misc]
    """The objects of a store, to be read by DuckDB.

    Args:
        store: the objects.
        scheme: of their URLs.
    """

    cachable = False

    def __init__(self, store: ObjectStore, scheme: str) -> None:
        super().__init__()
        self.protocol = (scheme,)
        self._store = store
        self._listed: dict[str, Entry] = {}
        self._kept: dict[tuple[str, str], bytes] = {}

    def glob(self, path: str, **_: Any) -> list[str]:
        """The URLs that fit a pattern; what a listing tells of them holds until the next one."""
        if not _WILD.intersection(path):
            return [path]
        parts = path.split("/")
        first = next(place for place, part in enumerate(parts) if _WILD.intersection(part))
        folder, patterns = "/".join(parts[:first]), parts[first:]
        found = {f"{folder}/{entry.path}": entry for entry in self._walk(folder, patterns)}
        self._listed.update(found)
        return sorted(found)

    def _walk(self, folder: str, patterns: list[str]) -> Iterator[Entry]:
        for entry in self._store.walk(folder):
            names = entry.path.split("/")
            if len(names) == len(patterns) and all(map(fnmatchcase, names, patterns)):
                yield entry

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """The size of an object, for fsspec's methods."""
        return {"name": path, "size": self._find(path).size, "type": "file"}

    def modified(self, path: str) -> datetime:
        """A time by which DuckDB tells versions of an object apart; it compares nothing else."""
        return datetime.fromtimestamp(crc32(self._find(path).stamp.encode()), timezone.utc)

    def open(self, path: str, *_: Any, **__: Any) -> BytesIO:
        """An object to read; it is fetched when it is read."""
        return _Unread(self, path)

    def fetch(self, path: str) -> bytes:
        """The content of an object.

        Raises:
            OSError: it is not the one that was listed any more.
        """
        entry = self._find(path)
        key = path, entry.stamp
        if key not in self._kept:
            content = self._store.read(path).content or b""
            if len(content) != entry.size:
                raise OSError(f"{path} was written again or removed while it was read")
            if sum(map(len, self._kept.values())) > _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = content
        return self._kept[key]

    def _find(self, path: str) -> Entry:
        if path not in self._listed:
            self._listed[path] = self._store.find(path)
        return self._listed[path]


class _Unread(BytesIO):
    """An object that is fetched when it is first read."""

    def __init__(self, objects: QueriedObjects, path: str) -> None:
        super().__init__()
        self._objects, self._path, self._is_fetched = objects, path, False

    def read(self, size: int | None = -1) -> bytes:
        """See `io`."""
        self._fetch()
        return super().read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """See `io`."""
        if whence == SEEK_END:
            self._fetch()
        return super().seek(offset, whence)

    def _fetch(self) -> None:
        if not self._is_fetched:
            place, self._is_fetched = self.tell(), True
            super().seek(0)
            self.write(self._objects.fetch(self._path))
            super().seek(place)
