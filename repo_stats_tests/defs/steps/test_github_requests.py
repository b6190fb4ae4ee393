"""Progress in the log: often enough to be seen, seldom enough to be read."""

import logging

import pytest

from repo_stats.defs.steps.github_requests import Progress


def test_progress_is_said_every_few_seconds_and_not_for_what_is_quick(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    log = logging.getLogger("test")
    with caplog.at_level(logging.INFO, "test"):
        progress = Progress(log, "pages read", 40, clock=lambda: now)
        for second in range(1, 13):
            now = float(second)
            progress.advance()
    assert [record.message for record in caplog.records if record.name == "test"] == [
        "5 of 40 pages read",
        "10 of 40 pages read",
    ]
