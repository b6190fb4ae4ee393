"""Progress in the log: often enough to be seen, seldom enough to be read."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pandas as pd
import pytest
import time_machine

from repo_stats.config.settings import Settings
from repo_stats.defs.resources import RefreshOptions, github_resource
from repo_stats.defs.steps.github_requests import (
    Progress,
    freshness_of_run,
    recent_requests,
)


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


def test_requests_from_the_future_do_not_count_as_recent_ones() -> None:
    now = time.time()
    sent = pd.Series(pd.to_datetime([now - 5, now + 86_400], unit="s", utc=True))
    [recent] = recent_requests(pd.DataFrame({"validated_at": sent}))
    assert recent == pytest.approx(now - 5, abs=0.001)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=365)])
def test_a_run_that_began_under_a_clock_that_was_ahead_has_the_freshness_of_now(
    instance: dg.DagsterInstance, settings_for: Callable[..., Settings], ahead: timedelta
) -> None:
    @dg.op
    def nothing() -> None:
        """Take a moment."""

    @dg.job
    def job() -> None:
        nothing()

    now = datetime.now(timezone.utc)
    with time_machine.travel(now + ahead):
        run = job.execute_in_process(instance=instance).dagster_run
    context: Any = SimpleNamespace(instance=instance, run=run)
    github = github_resource(settings_for("a/b"))
    freshness = freshness_of_run(context, github, RefreshOptions())
    assert abs(freshness.since - (now - timedelta(hours=1))) < timedelta(minutes=1)
