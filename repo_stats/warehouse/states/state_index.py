"""The index of states: one Parquet file for all repositories, read and written as a whole.

Several processes may write at once, on a disk or on object storage, without a lock: each writes a
file of its own with all states that it knows, and then removes the files that it has read. So there
may be several files for a while. Of two states of a repository, the one with the higher version
counts, which is one more at each change. If two processes change the same one, one of the changes
is lost: the stamps of the files in the state then differ from those that are stored, and the next
refresh asks GitHub again.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import uuid4

import pyarrow as pa

from repo_stats.json_codec import from_json, to_json
from repo_stats.warehouse.columns import TIME
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.parquet import DamagedFileError, from_parquet, to_parquet
from repo_stats.warehouse.states.repo_state import RepoState

FOLDER = "repo_states"

_SCHEMA = pa.schema(
    [
        pa.field("repo", pa.string(), nullable=False),
        pa.field("version", pa.int64(), nullable=False),
        pa.field("read_at", TIME, nullable=False),
        pa.field("snapshot_at", TIME),
        pa.field("state", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True)
class _Entry:
    """A state as it is stored: the columns of the file beside the repository's name."""

    version: int
    read_at: datetime
    snapshot_at: datetime | None
    text: str

    @classmethod
    def of(cls, state: RepoState, version: int) -> "_Entry":
        text = to_json(state).decode()
        return cls(version, state.read_at, state.snapshot_at, text)


@dataclass(frozen=True)
class StateIndex:
    """The states of a warehouse.

    A damaged file, or one of another version, counts as no file: what it said is found out again.

    Attributes:
        files: the files of the warehouse.
    """

    files: Files

    def read(self) -> dict[str, RepoState]:
        """The states of all repositories, by repository.

        Raises:
            WarehouseError: they cannot be read.
        """
        entries, _ = self._load()
        return dict(_parse(entries))

    def update(self, states: Mapping[str, RepoState]) -> None:
        """Store the states of some repositories; those of others stay.

        Raises:
            WarehouseError: they cannot be stored; the old ones stay.
        """
        if not states:
            return
        entries, paths = self._load()
        for repo, state in states.items():
            version = entries[repo].version + 1 if repo in entries else 1
            entries[repo] = _Entry.of(state, version)
        self.files.write(f"{FOLDER}/{uuid4().hex}.parquet", to_parquet(_to_table(entries)))
        for path in paths:
            self.files.delete(path)

    def _load(self) -> tuple[dict[str, _Entry], list[str]]:
        """The entries of all files, of each repository the latest, and the files' paths.

        A file that another process removes meanwhile is part of a newer one.
        """
        while True:
            names = self.files.names(FOLDER)
            paths = [f"{FOLDER}/{name}" for name in names if name.endswith(".parquet")]
            contents = [self.files.read(path) for path in paths]
            if None not in contents:
                break
        entries: dict[str, _Entry] = {}
        for content in filter(None, contents):
            for repo, entry in _read_entries(content):
                if repo not in entries or entry.version > entries[repo].version:
                    entries[repo] = entry
        return entries, paths


def _read_entries(content: bytes) -> Iterator[tuple[str, _Entry]]:
    """The entries of a file; none if it is damaged."""
    with suppress(DamagedFileError, KeyError):
        table = from_parquet(content, _SCHEMA.names)
        columns = [table[name].to_pylist() for name in _SCHEMA.names]
        for row in zip(*columns, strict=True):
            repo, *values = row
            yield repo, _Entry(*values)


def _parse(entries: Mapping[str, _Entry]) -> Iterator[tuple[str, RepoState]]:
    for repo, entry in entries.items():
        with suppress(ValueError):
            yield repo, from_json(RepoState, entry.text.encode())


def _to_table(entries: Mapping[str, _Entry]) -> pa.Table:
    rows = [(repo, *astuple(entry)) for repo, entry in sorted(entries.items())]
    columns = list(zip(*rows, strict=True))
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)], _SCHEMA)
