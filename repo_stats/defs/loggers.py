"""The logger of the command line: what the steps have to say, without Dagster's own events."""

import logging
import sys

import dagster as dg

PROGRESS_LOGGER = "progress"


_STATISTICS_STEP = "repo_statistics"


class _ProgressHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes the messages of the steps to standard error, a line or more each."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep messages of steps, but not what the command itself prints at the end.

        That are the statistics, and the reasons of failures.
        """
        metadata = getattr(record, "dagster_meta", {})
        return (
            metadata.get("dagster_event") is None
            and metadata.get("step_key") not in (None, _STATISTICS_STEP)
            and record.levelno < logging.ERROR
        )

    def format(self, record: logging.LogRecord) -> str:
        """The message itself, after its level if it is a warning or worse."""
        message = str(getattr(record, "dagster_meta", {}).get("orig_message", record.msg))
        return message if record.levelno < logging.WARNING else f"{record.levelname}: {message}"


def _build_logger(context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("repo_stats", logging.INFO)
    logger.addHandler(_ProgressHandler())
    return logger


progress_logger = dg.LoggerDefinition(
    _build_logger, description="What the steps have to say, without Dagster's own events."
)
"""The logger of the command line, switched on by its run configuration."""
