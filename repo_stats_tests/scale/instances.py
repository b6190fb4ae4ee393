"""Dagster instances by the file `deploy/dagster.postgres.yaml`."""

from collections.abc import Mapping
from pathlib import Path

from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.scale.postgres_server import PostgresServer

FILE = "deploy/dagster.postgres.yaml"


def make_home(folder: Path, server: PostgresServer) -> Mapping[str, str]:
    """Write the file into a folder, as one does who uses it.

    Args:
        folder: is created.
        server: its port replaces PostgreSQL's usual one.

    Returns:
        The variables that the file needs, with a new database.
    """
    folder.mkdir()
    settings = (ROOT / FILE).read_text(encoding="utf-8")
    assert settings.count("port: 5432") == 1
    changed = settings.replace("port: 5432", f"port: {server.port}")
    (folder / "dagster.yaml").write_text(changed, encoding="utf-8")
    return {
        "DAGSTER_HOME": str(folder),
        "DAGSTER_POSTGRES_HOST": "127.0.0.1",
        "DAGSTER_POSTGRES_USER": "postgres",
        "DAGSTER_POSTGRES_PASSWORD": "not-asked-for",
        "DAGSTER_POSTGRES_DB": server.create_database(),
    }
