"""The storage that `deploy/dagster.postgres.yaml` names; only processes that use it import this."""

from collections.abc import Mapping
from typing import Any

from dagster_postgres import DagsterPostgresStorage

from repo_stats.defs.postgres_storage import keep_connections


class PooledPostgresStorage(DagsterPostgresStorage):  # type: ignore[misc]
    """Dagster's storage in PostgreSQL, with connections that are kept."""

    @classmethod
    def from_config_value(
        cls, inst_data: Any, config_value: Mapping[str, Any]
    ) -> DagsterPostgresStorage:
        """See Dagster's class."""
        keep_connections()
        return super().from_config_value(inst_data, config_value)
