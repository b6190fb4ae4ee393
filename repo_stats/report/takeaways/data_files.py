"""The stored tables as one Parquet file each, for those who want more than the pages show.

Only rows of repositories whose tables changed are read. The file itself keeps what the others were
made of.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import KEPT, TableSchema
from repo_stats.warehouse.table_stamps import Stamps
from repo_stats.warehouse.tables import Tables

DATA = "data"
"""The folder of the files, in that of the report."""

_MADE_OF = b"repo_stats"
"""Where a file keeps the stamps of the tables that it was made of."""

_OMITTED = frozenset({"raw"})
"""Columns that are left out: whole objects of GitHub's, which take more space than all others."""


@dataclass
class DataFiles:
    """What was done to the files.

    Attributes:
        written: how many were written, because they changed or were not there.
        errors: why rows of repositories are missing, a sentence for each.
    """

    written: int = 0
    errors: list[str] = field(default_factory=list)


def write_data_files(
    tables: Tables, schemas: Sequence[TableSchema], stamps: Mapping[str, Stamps], folder: str
) -> DataFiles:
    """Write the files of tables that changed.

    Args:
        tables: the warehouse's tables.
        schemas: the tables that have a file for each repository.
        stamps: of their files, by repository; in the order in which rows are to be.
        folder: of the report.

    Raises:
        WarehouseError: a file cannot be written.
    """
    done = DataFiles()
    for schema in schemas:
        made_of = {r: known[schema.name] for r, known in stamps.items() if schema.name in known}
        path = f"{folder}/{DATA}/{schema.name}.parquet"
        before = _read(tables.files, path, schema)
        if before is not None and before.made_of == made_of:
            continue
        rows, errors = _bring_up_to_date(tables, schema, before, made_of)
        kept = {repo: stamp for repo, stamp in made_of.items() if repo not in errors}
        tables.files.write(path, _to_bytes(rows, kept))
        done.written += 1
        done.errors += errors.values()
    return done


@dataclass(frozen=True)
class _Earlier:
    """A file as it was written before: its rows, and the stamps of what they were made of."""

    rows: pa.Table
    made_of: Mapping[str, str]


def _read(files: Files, path: str, schema: TableSchema) -> _Earlier | None:
    """The file as it is; None if there is none, or it is damaged or of another version."""
    content = files.read(path)
    if content is None:
        return None
    try:
        rows = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
        made_of = json.loads((rows.schema.metadata or {})[_MADE_OF])
    except (pa.ArrowException, OSError, KeyError, ValueError):
        return None
    is_alike = rows.schema.equals(_columns(schema).schema) and isinstance(made_of, dict)
    return _Earlier(rows, made_of) if is_alike else None


def _bring_up_to_date(
    tables: Tables, schema: TableSchema, before: _Earlier | None, made_of: Mapping[str, str]
) -> tuple[pa.Table, dict[str, str]]:
    """The rows of all repositories, and why those of some could not be read."""
    known = before.made_of if before is not None else {}
    changed = [repo for repo, stamp in made_of.items() if known.get(repo) != stamp]
    names = _columns(schema).column_names
    find = tables.find_kept_rows if schema in KEPT else tables.find_stored_rows
    read, errors = try_each(changed, lambda repo: find(schema, repo, names))
    found = [rows.cast(_columns(schema).schema) for rows in read.values() if rows is not None]
    if before is not None:
        same = [repo for repo in made_of if known.get(repo) == made_of[repo]]
        found.append(before.rows.filter(pc.is_in(before.rows["repo"], pa.array(same, pa.string()))))
    rows = pa.concat_tables([_columns(schema), *found])
    return rows.take(_find_order(rows, list(made_of))), errors


def _find_order(rows: pa.Table, repos: Sequence[str]) -> pa.Array:
    """The places of rows so that repositories are in order; their own rows stay as they were."""
    place = pc.index_in(rows["repo"].combine_chunks(), pa.array(repos, pa.string()))
    numbered = pa.table({"place": place, "row": pa.array(range(len(rows)), pa.int64())})
    return pc.sort_indices(numbered, [("place", "ascending"), ("row", "ascending")])


@cache
def _columns(schema: TableSchema) -> pa.Table:
    """No rows, with the columns that a file has."""
    names = [name for name in schema.names if name not in _OMITTED]
    return schema.arrow.empty_table().select(names).replace_schema_metadata(None)


def _to_bytes(rows: pa.Table, made_of: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    metadata = {_MADE_OF: json.dumps(dict(made_of)).encode()}
    pq.write_table(rows.replace_schema_metadata(metadata), stream, compression="zstd")
    return stream.getvalue()
