"""Errors of commands: a sentence each, even for what nobody foresaw."""

import errno

import click
import pytest
from click.testing import CliRunner, Result

from repo_stats.cli.errors import JobError, plain_errors
from repo_stats.config.errors import WatchlistError
from repo_stats.safe_text import keep_secret
from repo_stats.warehouse.files import WarehouseError


def fail_by(error: Exception, *options: str) -> Result:
    """Run a command that ends by an error."""

    @click.group()
    @click.option("--debug", is_flag=True)
    @click.option("--annotate", is_flag=True)
    def main(debug: bool, annotate: bool) -> None:
        pass

    @main.command()
    @plain_errors
    def fail() -> None:
        raise error

    return CliRunner().invoke(main, [*options, "fail"])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (JobError("a/b is gone."), "Error: a/b is gone."),
        (WarehouseError("It is damaged."), "Error: It is damaged."),
        (
            ValueError("boom\n  in two lines"),
            "Error: Unforeseen ValueError: boom in two lines (`repo-stats --debug ...` prints the "
            "details)",
        ),
        (
            RecursionError(),
            "Error: Unforeseen RecursionError: without a message (`repo-stats --debug ...` prints "
            "the details)",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "/tmp/x"),  # noqa: S108
            "Error: There is no space left on the disk to write /tmp/x; make some, and run it "
            "again.",
        ),
    ],
)
def test_an_error_is_one_sentence(error: Exception, sentence: str) -> None:
    result = fail_by(error)
    assert result.exit_code == 1
    assert result.output == f"{sentence}\n"


def test_a_long_message_is_cut() -> None:
    assert len(fail_by(KeyError("x" * 1_000_000)).output) < 500


@pytest.mark.parametrize("before", range(270, 310, 8))
def test_a_message_that_is_cut_leaves_no_part_of_a_secret(before: int) -> None:
    keep_secret("ghp_0123456789abcdef")
    output = fail_by(ValueError(f"{'x' * before} ghp_0123456789abcdef{'y' * 300}")).output
    assert "ghp" not in output


def test_debugging_shows_the_stack_trace_of_what_was_not_foreseen() -> None:
    output = fail_by(ValueError("boom"), "--debug").output
    assert output.startswith("Traceback (most recent call last):")
    assert output.endswith("Error: Unforeseen ValueError: boom\n")


def test_a_closed_pipe_is_left_to_the_door() -> None:
    result = fail_by(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert "Unforeseen" not in result.output


@pytest.mark.parametrize(
    ("error", "lines", "code"),
    [
        (JobError("a/b is gone.\nc/d is 100% gone."), ["a/b is gone.", "c/d is 100%25 gone."], 1),
        (WatchlistError("x.yaml, line 2: no."), ["x.yaml, line 2: no."], 2),
        (JobError("a/b is gone.\r::stop-commands::x"), ["a/b is gone. ::stop-commands::x"], 1),
    ],
)
def test_a_workflow_shows_each_sentence_of_an_error(
    error: Exception, lines: list[str], code: int
) -> None:
    result = fail_by(error, "--annotate")
    assert result.exit_code == code
    assert result.output == "".join(f"::error title=repo-stats::{line}\n" for line in lines)
