"""Errors of commands: a command ends with one plain sentence instead of a stack trace."""

import errno
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import IO, Any

import click

from repo_stats.config.errors import SettingsError, WatchlistError, put_briefly
from repo_stats.safe_text import PlainError, make_safe


class JobError(PlainError):
    """A job failed; the message has one plain sentence for each step that failed."""


def plain_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Make a command print a sentence about an error instead of its stack trace."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except (SettingsError, WatchlistError) as error:
            raise _make_exception(click.UsageError, str(error)) from None
        except PlainError as error:
            raise _make_exception(click.ClickException, str(error)) from None
        except Exception as error:
            if is_debugging():
                sys.stderr.write(make_safe("".join(traceback.format_exception(error))))
            raise _make_exception(click.ClickException, describe_unforeseen(error)) from error

    return run


class _AnnotatedError(click.ClickException):
    """An error that GitHub Actions shows above the log of a run, a line for each sentence."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the error as a command for the runner of the workflow."""
        for sentence in self.message.split("\n"):
            click.echo(f"::error title=repo-stats::{sentence.replace('%', '%25')}", file, err=True)


class _AnnotatedUsageError(_AnnotatedError):
    exit_code = click.UsageError.exit_code


_ANNOTATED: Mapping[type[click.ClickException], type[click.ClickException]] = {
    click.ClickException: _AnnotatedError,
    click.UsageError: _AnnotatedUsageError,
}


def _make_exception(kind: type[click.ClickException], message: str) -> click.ClickException:
    return (_ANNOTATED[kind] if _is_chosen("annotate") else kind)(message)


def is_debugging() -> bool:
    """Whether the option `--debug` was given."""
    return _is_chosen("debug")


def _is_chosen(option: str) -> bool:
    """Whether an option that stands before the command was given."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get(option))


def describe_unforeseen(error: Exception) -> str:
    """A sentence about an error that no code expects, with its type and where its details are."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        where = f" to write {error.filename}" if error.filename else ""
        return make_safe(f"There is no space left on the disk{where}; make some, and run it again.")
    what = put_briefly(str(error)) or "without a message"
    return f"Unforeseen {type(error).__name__}: {what}{see_details()}"


def see_details() -> str:
    """Where the details of an error are, to be appended to a sentence about it."""
    return "" if is_debugging() else " (`repo-stats --debug ...` prints the details)"
