"""Connections to PostgreSQL: which are kept. The tests in `scale/` count them at a server."""

import os
import sys
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool, QueuePool

from repo_stats.defs.postgres_storage import PooledEngines, keep_connections

NAMES = ("event_log.event_log", "run_storage.run_storage", "schedule_storage.schedule_storage")


def make(url: str, token_provider: Any, **options: Any) -> sqlalchemy.Engine:
    """Dagster's function, with the database in memory."""
    assert token_provider is None
    return sqlalchemy.create_engine(url, **{"poolclass": QueuePool, **options})


@pytest.fixture
def storages(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Modules as those that make the engines of Dagster's three storages."""
    modules: list[Any] = []
    for name in NAMES:
        module: Any = ModuleType(name)
        module.create_pg_engine = make
        monkeypatch.setitem(sys.modules, f"dagster_postgres.{name}", module)
        modules.append(module)
    return modules


def test_the_storages_of_a_database_share_connections_that_are_kept(storages: list[Any]) -> None:
    keep_connections()
    keep_connections()
    made = [module.create_pg_engine("sqlite://", None, poolclass=NullPool) for module in storages]
    assert len({id(engine) for engine in made}) == 1
    assert isinstance(made[0].pool, QueuePool)
    assert isinstance(storages[0].create_pg_engine, PooledEngines)
    assert not isinstance(storages[0].create_pg_engine._make, PooledEngines)
    other = storages[0].create_pg_engine("sqlite:///:memory:", None, poolclass=NullPool)
    assert other is not made[0]
    connection = made[0].connect().connection.dbapi_connection
    assert made[1].connect().connection.dbapi_connection is connection  # it was given back


def test_an_engine_that_keeps_connections_by_itself_is_made_as_it_is_wanted(
    storages: list[Any],
) -> None:
    keep_connections()
    create = storages[0].create_pg_engine
    one, other = (create("sqlite://", None, pool_size=1, max_overflow=7) for _ in range(2))
    assert one is not other
    assert (one.pool.size(), one.pool._max_overflow) == (1, 7)


def test_a_process_that_is_forked_uses_no_connection_of_the_other_one(
    storages: list[Any],
) -> None:
    keep_connections()
    engine = storages[0].create_pg_engine("sqlite://", None, poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (id INTEGER)")
    assert engine.pool.checkedin() == 1
    pid = os.fork()
    if pid == 0:
        os._exit(engine.pool.checkedin())
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert engine.pool.checkedin() == 1


def test_nothing_is_imported_where_no_history_is_in_postgresql(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("dagster_postgres")]:
        monkeypatch.delitem(sys.modules, name)
    keep_connections()
    assert not [name for name in sys.modules if name.startswith("dagster_postgres")]
