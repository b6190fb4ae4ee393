"""The bytes of a table's file, as rows with the types of their table; older files as well.

A file that was written before its table got a new column is read with nulls in that column, if the
column may be null. So a new version of this project loses nothing that cannot be fetched again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.footers import TableFooter
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.parquet import DamagedFileError, from_parquet, from_parquet_with_footer
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import Column, TableSchema


@dataclass(frozen=True)
class StoredTable:
    """A repository's rows and what their file says about them, all from one read of the file.

    Attributes:
        rows: the rows, with the types of their table.
        scan: how the items that the rows are made from were read; None if the file has no scan.
        revision: see `Tables.revision`.
        is_older: whether the file lacks a column, which is null in the rows.
    """

    rows: pa.Table
    scan: ScanInfo | None
    revision: str | None
    is_older: bool


def join_scanned(schema: TableSchema, tables: Mapping[str, StoredTable]) -> ScannedFrame:
    """The rows that are made from the items of repositories, and how the items were read.

    Args:
        schema: the table.
        tables: what is stored, by repository.

    Raises:
        WarehouseError: the file of a repository does not say how its items were read.
    """
    scans = {repo: find_scan(schema, repo, table) for repo, table in tables.items()}
    return ScannedFrame(join_frames(schema, [table.rows for table in tables.values()]), scans)


def find_scan(schema: TableSchema, repo: str, table: StoredTable) -> ScanInfo:
    """How the items that a repository's rows are made from were read.

    Raises:
        WarehouseError: the file does not say so.
    """
    if table.scan is None:
        raise WarehouseError(
            f"The file of {schema.name} of {repo} does not say how its items were read; refresh "
            f"{repo} to write it again."
        )
    return table.scan


def parse_table(
    schema: TableSchema, content: bytes, columns: Sequence[str] | None = None
) -> StoredTable:
    """The rows in a file, or some of its columns, and what its footer says about them.

    Raises:
        DamagedFileError: see `parse_rows`.
    """
    names = list(columns or schema.names)
    stored, footer = from_parquet_with_footer(TableFooter, content, columns)
    rows = _conform(schema, stored, names)
    is_older = not set(names) <= set(stored.column_names)
    if footer is None:
        return StoredTable(rows, None, None, is_older)
    return StoredTable(rows, footer.scan, footer.edition, is_older)


def parse_kept(
    schema: TableSchema, content: bytes | None, uri: str, columns: Sequence[str] | None = None
) -> pa.Table | None:
    """The rows in a file that cannot be fetched again, or None if there is no file.

    Raises:
        WarehouseError: it is damaged, or has other columns.
    """
    try:
        return None if content is None else parse_rows(schema, content, columns)
    except DamagedFileError:
        raise WarehouseError(
            f"{uri} is damaged, or of another version. Its rows cannot be fetched again, so it is "
            "left as it is: put a copy of it back, or move it away to start a new one."
        ) from None


def describe_damage(uri: str, repo: str, reason: DamagedFileError) -> WarehouseError:
    """The error to raise if rows that can be fetched again cannot be read."""
    return WarehouseError(f"{uri} is damaged ({reason}); refresh {repo} to write it again.")


def parse_rows(
    schema: TableSchema, content: bytes, columns: Sequence[str] | None = None
) -> pa.Table:
    """The rows in a file, or some of its columns, with the types of their table.

    Raises:
        DamagedFileError: the bytes are no intact Parquet file, or one with other columns.
    """
    return _conform(schema, from_parquet(content, columns), list(columns or schema.names))


def _conform(schema: TableSchema, stored: pa.Table, names: Sequence[str]) -> pa.Table:
    fields = schema.arrow
    wanted = pa.schema([fields.field(name) for name in names])
    if stored.schema.equals(wanted):
        return stored.replace_schema_metadata(None)
    columns = {column.name: column for column in schema.columns}
    return pa.table([_conform_column(columns[name], stored) for name in names], wanted)


def _conform_column(column: Column, stored: pa.Table) -> pa.ChunkedArray:
    if column.name not in stored.column_names:
        if not column.nullable:
            raise DamagedFileError(f"it has no column {column.name}")
        return pa.chunked_array([pa.nulls(stored.num_rows, column.type)])
    try:
        values = stored.column(column.name).cast(column.type)
    except (pa.ArrowException, KeyError) as error:
        raise DamagedFileError(
            f"its column {column.name} is not of the type {column.type}"
        ) from error
    if values.null_count and not column.nullable:
        raise DamagedFileError(f"its column {column.name} has nulls")
    return values
