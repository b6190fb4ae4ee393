"""The IO manager that keeps each asset's rows as one Parquet file per repository."""

from collections.abc import Mapping
from functools import cached_property

import dagster as dg
import pandas as pd
from pydantic import Field

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.schemas import OPEN_ISSUES, TABLES, TableSchema
from repo_stats.warehouse.tables import ScannedItems, Tables, split_by_repo

_SCHEMAS: Mapping[str, TableSchema] = {schema.name: schema for schema in TABLES}


class TableIOManager(dg.ConfigurableIOManager):
    """Stores frames with a `repo` column for one partition and for a thousand alike.

    `open_issues` comes as `ScannedItems`, all other tables as plain frames. Only the repositories
    of the run are written, each file at once or not at all.
    """

    root: str = Field(description="Absolute path or fsspec URL of the warehouse.")

    @cached_property
    def _tables(self) -> Tables:
        return Tables(Files(self.root))

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame | ScannedItems) -> None:
        """Write the rows of each partition's repository."""
        schema = _SCHEMAS[context.asset_key.path[-1]]
        frame, scans = (obj.frame, obj.scans) if isinstance(obj, ScannedItems) else (obj, {})
        for repo, rows in split_by_repo(frame, context.asset_partition_keys).items():
            note = scans[repo].to_note() if scans else None
            try:
                self._tables.write(schema, repo, rows, note)
            except WarehouseError as error:
                raise dg.Failure(str(error), allow_retries=False) from None

    def load_input(self, context: dg.InputContext) -> pd.DataFrame | ScannedItems:
        """Read the rows of each partition's repository."""
        schema = _SCHEMAS[context.asset_key.path[-1]]
        repos = list(context.asset_partition_keys)
        try:
            frame = self._tables.read(schema, repos)
            if schema is not OPEN_ISSUES:
                return frame
            return ScannedItems(frame, self._tables.read_scans(schema, repos))
        except WarehouseError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
