"""Which files a view reads, and which of them cannot be read: one must not spoil the others.

DuckDB verifies no checksums, and refuses a whole table if it cannot open one of its files. So the
files are looked at here first, and damaged ones are left out of the view.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.parquet import DamagedFileError, from_parquet, read_schema
from repo_stats.warehouse.schemas import (
    ALERTS,
    ISSUE_PAGES,
    KEPT,
    LEADERBOARD,
    WATCHED_REPOSITORIES,
    TableSchema,
)
from repo_stats.warehouse.seals import has_seal, is_intact
from repo_stats.warehouse.states.state_index import FOLDER

SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.list_(pa.string()): "VARCHAR[]",
    pa.string(): "VARCHAR",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}
"""How DuckDB calls the types of our columns."""


@dataclass(frozen=True)
class ViewFiles:
    """The files of one table.

    Attributes:
        files: of the warehouse.
        schema: the table.
    """

    files: Files
    schema: TableSchema

    @property
    def paths(self) -> Iterator[str]:
        """The files below the warehouse, sorted."""
        if not self._depth or self.files.is_local:
            return _find_files(self.files, self.schema.name, self._depth)
        folder, below = self.schema.name, self._depth - 1
        listed = sorted(self.files.stamps_below(folder))
        return (
            f"{folder}/{path}"
            for path in listed
            if path.count("/") == below and path.endswith(".parquet")
        )

    @property
    def pattern(self) -> str | None:
        """A pattern of all files, those of the future included.

        None if the warehouse's own path has characters that patterns use.
        """
        if any(character in self.files.root for character in "*?["):
            return None
        return self.files.uri(f"{self.schema.name}{'/*' * self._depth}.parquet")

    @property
    def has_states(self) -> bool:
        """Whether an index of states tells until when the rows are known to hold."""
        is_plain = not any(character in self.files.root for character in "*?[")
        return is_plain and any(n.endswith(".parquet") for n in self.files.names(FOLDER))

    def find_faults(self, *, decode: bool = False) -> dict[str, str]:
        """Why files cannot be read, by path.

        Args:
            decode: decode the rows of files without checksums, which finds more and takes longer.
        """
        faults = {path: self._find_fault(path, decode=decode) for path in self.paths}
        return {path: fault for path, fault in faults.items() if fault is not None}

    def _find_fault(self, path: str, *, decode: bool) -> str | None:
        try:
            content = self.files.read(path)
        except WarehouseError:
            return "it cannot be read from the disk"
        if content is None or (has_seal(content) and is_intact(content)):
            return None  # it was removed meanwhile, or is as this project wrote it
        try:
            found = from_parquet(content).schema if decode else read_schema(content)
        except DamagedFileError as error:
            return str(error)
        first = self.schema.names[0]
        return None if first in found.names else f"it has no column {first}"

    @property
    def _depth(self) -> int:
        if self.schema in (LEADERBOARD, ALERTS, WATCHED_REPOSITORIES):
            return 0
        return 3 if self.schema is ISSUE_PAGES else 2

    def describe(self, path: str, fault: str) -> str:
        """A sentence that names a file which is left out, and says what to do about it."""
        uri = self.files.uri(path)
        if self.schema in (*KEPT, ALERTS, WATCHED_REPOSITORIES):
            return f"{uri} is left out, because {fault}; put a copy of it back, or move it away."
        if self.schema is LEADERBOARD:
            return f"{uri} is left out, because {fault}; make it again with repo-stats report."
        repo = "/".join(path.removesuffix(".parquet").split("/")[1:3])
        return f"{uri} is left out, because {fault}; refresh {repo} to write it again."


def _find_files(files: Files, path: str, depth: int) -> Iterator[str]:
    """The Parquet files a number of folders below a path; with depth 0, the file of that name."""
    if depth == 0 and files.exists(f"{path}.parquet"):
        yield f"{path}.parquet"
    for name in files.names(path) if depth else ():
        if depth > 1:
            yield from _find_files(files, f"{path}/{name}", depth - 1)
        elif name.endswith(".parquet"):
            yield f"{path}/{name}"
