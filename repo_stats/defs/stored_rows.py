"""What the steps of a refresh pass to each other: rows to load when they are needed, and to store.

`io_manager` makes the one and stores the other.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.scans import ScannedFrame
from repo_stats.warehouse.schemas import TableSchema
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.table_files import StoredTable, join_scanned


@dataclass(frozen=True)
class StoredRows:
    """The rows of a table that is stored; a step loads those of the repositories that it needs.

    Attributes:
        schema: the table.
        load_tables: reads the tables of some repositories; one that was never stored, or whose
            file is damaged, is left out.
    """

    schema: TableSchema
    load_tables: Callable[[Sequence[str]], Mapping[str, StoredTable]]

    def load(self, repos: Sequence[str]) -> pd.DataFrame:
        """The rows of some repositories."""
        tables = self.load_tables(repos)
        return join_frames(self.schema, [table.rows for table in tables.values()])

    def load_scanned(self, repos: Sequence[str]) -> ScannedFrame:
        """The rows of some repositories, and how the items were read that they are made from."""
        return join_scanned(self.schema, self.load_tables(repos))


@dataclass(frozen=True)
class Refreshed:
    """What a step of a refresh has to store.

    Attributes:
        rows: the rows of the repositories that it has worked on.
        states: what is known of repositories now; also of those without rows.
        unchanged: the repositories whose rows are stored as they are, and need not be written.
    """

    rows: pd.DataFrame | ScannedFrame
    states: Mapping[str, RepoState]
    unchanged: Collection[str] = field(default=frozenset())
