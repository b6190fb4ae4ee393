"""Dagster's history in PostgreSQL, with connections that are kept.

Dagster opens a connection for each statement, and closes it: some twenty for each repository of a
run. A process of ours keeps one or two for all that it asks: `deploy/dagster.postgres.yaml` names
`PooledPostgresStorage`. With Dagster's own class, the steps of runs still do so.

A connection belongs to one process. One that is forked begins without any, and opens its own.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

KEPT = 2
"""How many connections a process keeps. A storage rarely asks one thing while it asks another."""

MOST_MORE = 20
"""How many more it opens while many threads ask at once, as those of the daemon may."""

_MODULES = (
    "dagster_postgres.event_log.event_log",
    "dagster_postgres.run_storage.run_storage",
    "dagster_postgres.schedule_storage.schedule_storage",
)
"""The modules that make the engines of the storages, each by a function of its own name space."""


class PooledEngines:
    """Makes one engine for each database, in place of Dagster's `create_pg_engine`.

    Args:
        make: Dagster's function.
    """

    def __init__(self, make: Callable[..., "Engine"]) -> None:
        self._make = make
        self._made: dict[str, Engine] = {}
        os.register_at_fork(after_in_child=self._forget_connections)

    def __call__(self, url: str, token_provider: Any = None, **options: Any) -> "Engine":
        """The engine for a database. One that keeps connections anyway is made as it is wanted."""
        if options.get("poolclass") is not NullPool:
            return self._make(url, token_provider, **options)
        if url not in self._made:
            others = {name: value for name, value in options.items() if name != "poolclass"}
            # A connection that the server or a firewall has closed is noticed, and replaced.
            self._made[url] = self._make(
                url,
                token_provider,
                **others,
                pool_size=KEPT,
                max_overflow=MOST_MORE,
                pool_pre_ping=True,
            )
        return self._made[url]

    def _forget_connections(self) -> None:
        for engine in self._made.values():
            engine.dispose(close=False)


def keep_connections() -> None:
    """From now on, let the storages of PostgreSQL that are made share their connections.

    Nothing is imported for it: a process without PostgreSQL has no such modules.
    """
    modules: list[Any] = [sys.modules[name] for name in _MODULES if name in sys.modules]
    missing = [m for m in modules if not isinstance(m.create_pg_engine, PooledEngines)]
    if missing:
        engines = PooledEngines(missing[0].create_pg_engine)
        for module in missing:
            module.create_pg_engine = engines
