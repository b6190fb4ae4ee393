"""The logger of the command line: it reports warnings and progress of steps to the command.

Everything else that steps say is in the log of the run only.
"""

import logging
from pathlib import Path

import dagster as dg

from repo_stats.defs.step_reports import Report, ReportFile

PROGRESS_LOGGER = "progress"

_counts = logging.getLogger("repo_stats.progress")
"""Takes the counts of the running step, and drops them unless a command reads them."""
_counts.propagate = False


class _ReportHandler(logging.Handler):
    """Appends counts, and warnings of steps, to the file that the command reads."""

    def __init__(self, file: ReportFile) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Report a record that is a count, or a warning that a step gave by itself.

        Dagster's own events are left out. So are errors: the command says why a run failed.
        """
        report = getattr(record, "report", None)
        metadata = getattr(record, "dagster_meta", {})
        if isinstance(report, Report):
            self._file.append(report)
        elif (
            record.levelno == logging.WARNING
            and metadata.get("dagster_event") is None
            and metadata.get("step_key") is not None
        ):
            self._file.append(Report(warning=str(metadata.get("orig_message", record.msg))))


def report_count(log: logging.Logger, what: str, done: int, planned: int | None) -> None:
    """Report how much a step has done to the command that started the run, if one did.

    Args:
        log: the step's log.
        what: what is counted, in the plural and with its participle: `pages read`.
        done: how many are done.
        planned: the expected number; None if it is not known.
    """
    step = str(getattr(log, "metadata", {}).get("step_key", ""))
    report = Report(step=step, what=what, done=done, planned=planned)
    _counts.info(what, extra={"report": report})


def _build_logger(context: dg.InitLoggerContext) -> logging.Logger:
    file = ReportFile(Path(context.logger_config["path"]))
    file.append(Report(run_id=context.run_id or ""))
    handler = _ReportHandler(file)
    _counts.handlers[:] = [handler]
    _counts.setLevel(logging.INFO)
    logger = logging.Logger("repo_stats", logging.WARNING)
    logger.addHandler(handler)
    return logger


progress_logger = dg.LoggerDefinition(
    _build_logger,
    config_schema={"path": dg.Field(str, description="The file that the command reads.")},
    description="Reports warnings and progress of steps to the command that started the run.",
)
"""The logger of the command line, which only its run configuration switches on."""
