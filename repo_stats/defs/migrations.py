"""Lets a process read the migrations of Dagster's databases once.

Whenever Dagster opens a database, it compares the database's version with the newest migration. To
know that, it executes the files of all migrations, close to a hundred. A step opens several
databases, which was a third of all that a step of a small repository did.
"""

from alembic.config import Config
from alembic.script import ScriptDirectory

_read = ScriptDirectory.from_config

_scripts: dict[str | None, ScriptDirectory] = {}
"""What was read so far, by its place."""


def read_migrations_once() -> None:
    """From now on, read the migrations of each place once, however many databases are opened."""
    ScriptDirectory.from_config = staticmethod(_find_or_read)  # type: ignore[method-assign]


def _find_or_read(config: Config) -> ScriptDirectory:
    # The other options in the configuration are about writing new migrations.
    place = config.get_main_option("script_location")
    if place not in _scripts:
        _scripts[place] = _read(config)
    return _scripts[place]


def read_migrations(place: str) -> None:
    """Read the migrations of a place, so that nobody has to later.

    Args:
        place: as Alembic names it, `package:folder`.

    Raises:
        alembic.util.CommandError: there is no such folder.
    """
    config = Config()
    config.set_main_option("script_location", place)
    ScriptDirectory.from_config(config).get_heads()
