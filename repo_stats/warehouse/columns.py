"""What tables consist of: columns with a name, a type and a meaning. Also the shared columns.

Times are UTC, counts are whole numbers, and only a `nullable` column can be null.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")

TEXTS = pa.list_(pa.string())


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: its name.
        type: its Arrow type.
        description: what a value is.
        nullable: whether a value may be missing.
    """

    name: str
    type: pa.DataType
    description: str
    nullable: bool = False


@dataclass(frozen=True)
class TableSchema:
    """One table, stored as one file per repository (issue pages: one per page).

    Attributes:
        name: the table's folder in the warehouse.
        row: what one row is.
        columns: the columns in their order.
        volatile: columns that say when and how rows were read; `hash_content` leaves them out.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    volatile: frozenset[str] = frozenset()

    @cached_property
    def arrow(self) -> pa.Schema:
        """The schema of the table's files."""
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    @property
    def definition(self) -> str | None:
        """The query in DuckDB's SQL that gives all rows of a computed table, in their order.

        Nothing is computed with it. It says what the columns mean, and tests compare the stored
        rows with it. None for a table that is not computed from other tables.
        """
        path = Path(__file__).parent / "definitions" / f"{self.name}.sql"
        return path.read_text(encoding="utf-8") if path.exists() else None


REPO = Column("repo", pa.string(), "The repository's owner/name as the watchlist writes it.")

REPO_ID = Column("repo_id", pa.int64(), "GitHub's number of the repository; it survives renames.")
