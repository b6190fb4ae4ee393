"""fsspec's files in the memory of one process: what is read and what is written on a condition.

Nobody but this process has them, so a lock is enough.
"""

from hashlib import sha256
from threading import Lock

from repo_stats.warehouse.objects.store import ChangedMeanwhileError, ObjectStore, StoredObject

_CHANGING = Lock()


class MemoryStore(ObjectStore):
    """The files of `memory://`; their versions are checksums."""

    def read(self, url: str) -> StoredObject:
        """See `ObjectStore`."""
        content = super().read(url).content
        return StoredObject(content, None if content is None else sha256(content).hexdigest())

    def write_version(self, url: str, content: bytes, version: str | None) -> None:
        """See `ObjectStore`."""
        with _CHANGING:
            self._require(url, version)
            self.write(url, content)

    def delete_version(self, url: str, version: str | None) -> None:
        """See `ObjectStore`."""
        with _CHANGING:
            self._require(url, version)
            self.delete(url)

    def _require(self, url: str, version: str | None) -> None:
        if self.read(url).version != version:
            raise ChangedMeanwhileError
