"""The index of states: one Parquet file for all repositories, read and written as a whole.

Several processes may write at once, on a disk or on object storage, without a lock: each writes a
file of its own with all states that it knows, and then removes the files that it has read. So there
may be several files for a while. Of two states of a repository, the one with the higher version
counts, which is one more at each change. If two processes change the same one, one of the changes
is lost: the stamps of the files in the state then differ from those that are stored, and the next
refresh asks GitHub again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
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


_WHOLE = pa.int64()
"""Arrow makes whole numbers into Python's ten times as fast as times."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A state as it is stored: the columns of the file beside the repository's name.

    Times are whole numbers of the unit of their column.
    """

    version: int
    read_at: int
    snapshot_at: int | None
    text: str


class States(Mapping[str, RepoState]):
    """The states of repositories; each is parsed when it is first asked for.

    A state of another version is not there.

    Args:
        entries: what is stored, by repository.
    """

    def __init__(self, entries: Mapping[str, _Entry]) -> None:
        self._versions = {repo: entry.version for repo, entry in entries.items()}
        self._known: dict[str, str | RepoState | None]
        self._known = {repo: entry.text for repo, entry in entries.items()}

    def __getitem__(self, repo: str) -> RepoState:
        state = self._known[repo]
        if isinstance(state, str):
            state = self._known[repo] = _parse(state)
        if state is None:
            raise KeyError(repo)
        return state

    def __iter__(self) -> Iterator[str]:
        return (repo for repo in self._known if repo in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def version(self, repo: str) -> int:
        """How often the state of a repository was changed; 0 if there is none."""
        return self._versions.get(repo, 0)


@dataclass(frozen=True)
class StateIndex:
    """The states of a warehouse.

    A damaged file, or one of another version, counts as no file: what it said is found out again.

    Attributes:
        files: the files of the warehouse.
    """

    files: Files

    def read(self) -> States:
        """The states of all repositories, by repository.

        Raises:
            WarehouseError: they cannot be read.
        """
        return self._load().states

    def snapshot_times(self) -> dict[str, datetime]:
        """When the numbers of repositories were known to be as they are stored (UTC).

        Only those of which that is known; this is quicker than to read their states.

        Raises:
            WarehouseError: they cannot be read.
        """
        entries = self._load().entries
        found = {repo: e.snapshot_at for repo, e in entries.items() if e.snapshot_at is not None}
        times = pa.array(found.values(), _WHOLE).cast(TIME).to_pylist()
        return dict(zip(found, times, strict=True))

    def update(self, states: Mapping[str, RepoState], since: States | None = None) -> None:
        """Store the states of some repositories; those of others stay.

        Args:
            states: by repository.
            since: what was read before. A state that was changed since then stays as well.

        Raises:
            WarehouseError: they cannot be stored; the old ones stay.
        """
        if not states:
            return
        stored = self._load()
        entries = dict(stored.entries)
        if since is not None:
            states = {r: s for r, s in states.items() if _version(entries, r) == since.version(r)}
        texts = {repo: to_json(state).decode() for repo, state in states.items()}
        states = {
            r: s for r, s in states.items() if r not in entries or entries[r].text != texts[r]
        }
        if not states:
            return
        read_at = _to_whole([state.read_at for state in states.values()])
        snapshot_at = _to_whole([state.snapshot_at for state in states.values()])
        for place, repo in enumerate(states):
            version = _version(entries, repo) + 1
            entries[repo] = _Entry(version, read_at[place], snapshot_at[place], texts[repo])
        name = f"{uuid4().hex}.parquet"
        stamp = self.files.write(f"{FOLDER}/{name}", to_parquet(_to_table(entries)))
        for path in stored.paths:
            self.files.delete(path)
        _keep(self.files, {name: stamp}, entries)

    def _load(self) -> "_Loaded":
        """The entries of all files, of each repository the latest.

        They are kept as long as a listing shows the same files: another process that writes makes a
        file of a new name. A file that it removes meanwhile is part of a newer one.
        """
        while True:
            stamps = self.files.stamps(FOLDER)
            known = _LATEST.get(self.files.root)
            if known is not None and known.stamps == stamps:
                return known
            contents = [self.files.read(path) for path in _list_paths(stamps)]
            if None not in contents:
                break
        entries: dict[str, _Entry] = {}
        for content in filter(None, contents):
            for repo, entry in _read_entries(content):
                if repo not in entries or entry.version > entries[repo].version:
                    entries[repo] = entry
        return _keep(self.files, stamps, entries)


@dataclass(frozen=True)
class _Loaded:
    """An index as it was read.

    Attributes:
        stamps: how a listing showed its files.
        entries: what is stored, by repository.
        states: the same, with those parsed that were asked for.
    """

    stamps: Mapping[str, str]
    entries: Mapping[str, _Entry]
    states: States

    @property
    def paths(self) -> list[str]:
        """Its files, below the warehouse."""
        return _list_paths(self.stamps)


_LATEST: dict[str, _Loaded] = {}
"""The index that was read or written last, by its warehouse."""


def _keep(files: Files, stamps: Mapping[str, str], entries: Mapping[str, _Entry]) -> _Loaded:
    _LATEST.clear()  # a process works on one warehouse
    _LATEST[files.root] = loaded = _Loaded(stamps, entries, States(entries))
    return loaded


def _list_paths(stamps: Mapping[str, str]) -> list[str]:
    return [f"{FOLDER}/{name}" for name in sorted(stamps) if name.endswith(".parquet")]


def _version(entries: Mapping[str, _Entry], repo: str) -> int:
    return entries[repo].version if repo in entries else 0


def _read_entries(content: bytes) -> Iterator[tuple[str, _Entry]]:
    """The entries of a file; none if it is damaged."""
    with suppress(DamagedFileError, KeyError):
        table = from_parquet(content, _SCHEMA.names)
        columns = [_plain(table[name]).to_pylist() for name in _SCHEMA.names]
        for repo, version, read_at, snapshot_at, text in zip(*columns, strict=True):
            yield repo, _Entry(version, read_at, snapshot_at, text)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(_WHOLE) if pa.types.is_timestamp(column.type) else column


def _to_whole(times: Sequence[datetime | None]) -> list[Any]:
    return list(pa.array(times, TIME).cast(_WHOLE).to_pylist())


def _parse(text: str) -> RepoState | None:
    with suppress(ValueError):
        return from_json(RepoState, text.encode())
    return None


def _to_table(entries: Mapping[str, _Entry]) -> pa.Table:
    repos = sorted(entries)
    kept = [entries[repo] for repo in repos]
    columns = {
        "repo": repos,
        "version": [entry.version for entry in kept],
        "read_at": pa.array([entry.read_at for entry in kept], _WHOLE).cast(TIME),
        "snapshot_at": pa.array([entry.snapshot_at for entry in kept], _WHOLE).cast(TIME),
        "state": [entry.text for entry in kept],
    }
    return pa.table(columns, schema=_SCHEMA)
