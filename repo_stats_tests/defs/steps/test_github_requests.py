"""Progress in the log: often enough to be seen, seldom enough to be read."""

import logging
import time

import pandas as pd
import pytest

from repo_stats.defs.steps.github_requests import Progress, recent_requests


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
    assert [record.message for record in caplog.records] == [
        "5 of 40 pages read",
        "10 of 40 pages read",
    ]


def test_requests_from_the_future_do_not_count_as_recent_ones() -> None:
    now = time.time()
    sent = pd.Series(pd.to_datetime([now - 5, now + 86_400], unit="s", utc=True))
    [recent] = recent_requests(pd.DataFrame({"validated_at": sent}))
    assert recent == pytest.approx(now - 5, abs=0.001)
