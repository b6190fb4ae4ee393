"""A server of PostgreSQL with empty databases, which is gone when it is not needed any more.

It refuses to run as root. Then it runs as the user `postgres`, whom its packages create.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2

_PATIENCE = 30.0

_OPEN_TO_ALL = "/tmp"  # noqa: S108 - the folders of pytest are closed to other users

_INITDB = ("-U", "postgres", "-A", "trust", "--no-sync")

_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=100")
"""What is lost if the machine loses its power is of no use anyway."""


@dataclass
class PostgresServer:
    """The server.

    Attributes:
        port: where it listens.
    """

    port: int
    _names: Any

    def create_database(self) -> str:
        """The name of a new database."""
        name = f"history_{next(self._names)}"
        self.query("postgres", f"CREATE DATABASE {name}")
        return name

    def query(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement gives in a database."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def count_sessions(self, database: str) -> int:
        """How many connections a database has had; those of the last second may be missing."""
        [(sessions,)] = self.query(
            database, "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(sessions)


def find_programs() -> Path | None:
    """The folder with PostgreSQL's programs, the newest if there are several."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    return None if found is None else Path(found).resolve().parent


@contextmanager
def serve_postgres(programs: Path) -> Iterator[PostgresServer]:
    """Run a server as long as it is needed.

    Args:
        programs: the folder with its programs.
    """
    who: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    with TemporaryDirectory(dir=_OPEN_TO_ALL) as folder:
        if who:
            shutil.chown(folder, **who)
        data, port = Path(folder) / "data", _find_port()
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, **who}
        initdb = [str(programs / "initdb"), "-D", str(data), *_INITDB]
        subprocess.run(initdb, check=True, cwd=folder, **quiet)
        options = ["-D", str(data), "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
        settings = [part for setting in _FAST for part in ("-c", setting)]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(
                [str(programs / "postgres"), *options, *settings],
                cwd=folder,
                stderr=log,
                **quiet,
            )
        try:
            _wait(programs, port, server)
            yield PostgresServer(port, count(1))
        finally:
            server.send_signal(signal.SIGQUIT)  # it ends at once, and writes nothing more
            server.wait(_PATIENCE)


def _wait(programs: Path, port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE
    asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(asked, check=False).returncode:
        assert server.poll() is None, "PostgreSQL ended"
        assert time.monotonic() < deadline, "PostgreSQL does not answer"
        time.sleep(0.05)


def _find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
