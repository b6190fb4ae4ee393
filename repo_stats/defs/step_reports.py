"""What the steps of a run report to the command that started it: a file of one report per line.

Steps run in processes of their own, and Dagster passes only its events on to the command. The
reports are for a terminal. What is worth keeping is in the log of the run as well.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from repo_stats.json_codec import from_json, to_json


@dataclass(frozen=True)
class Report:
    """A report, which is one of three things.

    Attributes:
        run_id: the run that has begun.
        warning: a sentence to print.
        step: the step that counts something.
        what: what it counts, in the plural and with its participle: `pages read`.
        done: how many are done.
        planned: the expected number; None if it is not known.
    """

    run_id: str = ""
    warning: str = ""
    step: str = ""
    what: str = ""
    done: int = 0
    planned: int | None = None


@dataclass
class ReportFile:
    """A file to which several processes append reports, and which one process reads.

    Attributes:
        path: the file; it need not exist.
    """

    path: Path
    _read: int = field(default=0, init=False)

    def append(self, report: Report) -> None:
        """Append a report; one that cannot be written is dropped, because no number depends on it.

        A line is written by one call in append mode, so that lines of several processes never mix.
        """
        with suppress(OSError):
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(file, to_json(report) + b"\n")
            finally:
                os.close(file)

    def read_new(self) -> Sequence[Report]:
        """The reports since the last call. What a killed process left of a line is skipped."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._read)
                whole, newline, _ = file.read().rpartition(b"\n")
        except OSError:
            return []
        self._read += len(whole + newline)
        reports = []
        for line in whole.splitlines():
            with suppress(ValueError):
                reports.append(from_json(Report, line))
        return reports
