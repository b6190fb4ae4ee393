"""The logger of the command line: it prints the messages of steps, without Dagster's events."""

import logging
import sys

import dagster as dg

PROGRESS_LOGGER = "progress"

_STATISTICS_STEP = "repo_statistics"


class _ProgressHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes the messages of steps to standard error."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the messages of steps that the command does not print itself at the end.

        The command prints the statistics and the reasons for failures.
        """
        metadata = getattr(record, "dagster_meta", {})
        return (
            metadata.get("dagster_event") is None
            and metadata.get("step_key") not in (None, _STATISTICS_STEP)
            and record.levelno < logging.ERROR
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the message; a warning or an error begins with its level."""
        message = str(getattr(record, "dagster_meta", {}).get("orig_message", record.msg))
        return message if record.levelno < logging.WARNING else f"{record.levelname}: {message}"


def _build_logger(context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("repo_stats", logging.INFO)
    logger.addHandler(_ProgressHandler())
    return logger


progress_logger = dg.LoggerDefinition(
    _build_logger, description="Prints the messages of steps, without Dagster's own events."
)
"""The logger of the command line, which only its run configuration switches on."""
