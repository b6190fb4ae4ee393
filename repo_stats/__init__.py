"""Exact, cheap and explainable statistics of GitHub repositories, as Dagster assets."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


__version__ = "0.1.0"

USER_AGENT = f"repo_stats/{__version__}"
"""The default `User-Agent` header of requests."""


def connect(warehouse: str | None = None) -> "duckdb.DuckDBPyConnection":
    """Open an in-memory DuckDB that has a view for each table of the warehouse.

    Args:
        warehouse: path or fsspec URL of the warehouse; by default that of the settings.
    """
    from repo_stats.config.settings import load_settings
    from repo_stats.warehouse import sql  # loads DuckDB, which nothing else of the package needs

    return sql.connect(warehouse or load_settings().warehouse)
