"""Errors of commands: one plain sentence in place of a stack trace."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from repo_stats.config.errors import SettingsError, WatchlistError


def plain_errors(command: Callable[..., None]) -> Callable[..., None]:
    """End a command with its error's plain sentence instead of a stack trace."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from repo_stats.warehouse.files import WarehouseError

        try:
            command(*arguments, **options)
        except (SettingsError, WatchlistError) as error:
            raise click.UsageError(str(error)) from None
        except WarehouseError as error:
            raise click.ClickException(str(error)) from None

    return run
