"""Errors of commands: a command ends with one plain sentence instead of a stack trace."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from repo_stats.config.errors import SettingsError, WatchlistError
from repo_stats.safe_text import PlainError


class JobError(PlainError):
    """A job failed; the message has one plain sentence for each step that failed."""


def plain_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Make a command print the message of an expected error instead of its stack trace."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from repo_stats.warehouse.files import WarehouseError  # slow, and --help does not need it

        try:
            command(*arguments, **options)
        except (SettingsError, WatchlistError) as error:
            raise click.UsageError(str(error)) from None
        except (JobError, WarehouseError) as error:
            raise click.ClickException(str(error)) from None

    return run
