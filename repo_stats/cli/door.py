"""The door of the command: whatever happens inside, people get a sentence and an exit code.

It imports little, so that Ctrl-C is heard while the rest is imported.
"""

import os
import sys
from typing import TextIO

from repo_stats.cli.signals import (
    BY_SIGNAL,
    Interrupted,
    is_call_left,
    raise_on_signals,
    restore_signals,
)
from repo_stats.garbage import leave_to_the_system, look_rarely

BROKEN_PIPE = BY_SIGNAL + 13
"""The exit code of a command whose output nobody reads any more, as with SIGPIPE in a shell."""


def run() -> None:
    """Run the command `repo-stats`, and end the process."""
    look_rarely()
    for stream in (sys.stdout, sys.stderr):
        _replace_what_cannot_be_written(stream)
    code = _run()
    restore_signals()
    for stream in (sys.stdout, sys.stderr):
        code = _flush(stream, code) or code
    if is_call_left():
        os._exit(code)
    leave_to_the_system()
    sys.exit(code)


def _run() -> int:
    try:
        raise_on_signals()
        import click

        from repo_stats.cli.commands import main

        try:
            return main(prog_name="repo-stats", standalone_mode=False) or 0
        except click.ClickException as error:
            error.show()
            return error.exit_code
    except Interrupted as interruption:
        _tell(str(interruption))
        return BY_SIGNAL + interruption.signal
    except BrokenPipeError:
        return BROKEN_PIPE
    except SystemExit as end:  # click and rich end a process like this when nobody reads
        return end.code if end.code in (0, 2) else BROKEN_PIPE


def _replace_what_cannot_be_written(stream: TextIO) -> None:
    """Let a terminal of an old encoding show `?` for an emoji, instead of an error."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _flush(stream: TextIO, code: int) -> int:
    """Write what is left; gives the exit code if that fails.

    Then nothing is written any more, not even by the interpreter when it ends.

    Args:
        stream: to which the command has printed.
        code: how the command has ended. If it has failed, it has told why, and this says no more:
            it is mostly the same that failed.
    """
    try:
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
        return BROKEN_PIPE
    except OSError as error:
        _silence(stream)
        if not code:
            _tell(f"Error: The output cannot be written ({error.strerror}).")
        return 1
    return 0


def _silence(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _tell(sentence: str) -> None:
    try:
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)
