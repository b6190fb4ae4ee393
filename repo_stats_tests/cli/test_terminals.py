"""Nothing that a server sent controls a terminal, and a pipe gets all of it."""

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from repo_stats.cli.exports import print_csv
from repo_stats.cli.statistics_output import print_repository
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics
from repo_stats_tests.helpers.stored import row_of


def test_names_and_kinds_of_authors_have_nothing_that_a_terminal_would_obey(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_STATISTICS, "a/b", statistics())
    author = row_of(ISSUES_PER_USER, repo="a/b", user="\x1b[31mmary", user_type="\x07Bot")
    tables.write(ISSUES_PER_USER, "a/b", to_frame(ISSUES_PER_USER, [author]))
    print_repository(tables, "a/b", 5)
    printed = capsys.readouterr().out
    assert " [31mmary" in printed
    assert printed.replace("\n", "").isprintable()


@pytest.mark.parametrize(("is_terminal", "printed"), [(True, "a [31mb"), (False, "a\x1b[31mb")])
def test_a_pipe_gets_what_is_stored_and_a_terminal_only_what_is_printable(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    printed: str,
) -> None:
    with monkeypatch.context() as terminal:
        terminal.setattr(sys.stdout, "isatty", lambda: is_terminal)
        print_csv(pa.table({"a\x1b[31mb": ["a\x1b[31mb"]}))
    assert capfd.readouterr().out.splitlines() == [printed, printed]
