"""Progress in the log: often enough to be seen, seldom enough to be read."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import time_machine

from repo_stats.config.settings import Settings
from repo_stats.defs.cuts import PIECE_TAG
from repo_stats.defs.resources import RefreshOptions, github_resource
from repo_stats.defs.steps.github_requests import (
    Progress,
    freshness_of_run,
    is_alone,
    window_after,
)
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.states import state_of


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


class Counts(logging.Handler):
    """Keeps the counts that the command line would show."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int | None, int | None]] = []

    def emit(self, record: logging.LogRecord) -> None:
        report = vars(record)["report"]
        self.seen.append((report.what, report.done, report.planned))


def test_progress_is_counted_at_once_for_the_command_line_also_if_nobody_knows_the_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, handler = logging.getLogger("repo_stats.progress"), Counts()
    monkeypatch.setattr(counts, "handlers", [handler])
    monkeypatch.setattr(counts, "level", logging.INFO)
    monkeypatch.setattr(counts, "_cache", {})
    seconds = iter([0.0, 1.0, 5.0])
    with caplog.at_level(logging.INFO, "test"):
        progress = Progress(logging.getLogger("test"), "pages read", clock=seconds.__next__)
        progress.advance()
        progress.advance()
    assert handler.seen == [("pages read", done, None) for done in range(3)]
    said = [record.message for record in caplog.records if record.name == "test"]
    assert said == ["2 pages read"]


@pytest.mark.parametrize(
    ("began", "max_age", "revalidate", "force", "since"),
    [
        (60.0, 3600, False, False, 3660.0),
        (60.0, 0, False, False, 60.0),
        (60.0, 3600, True, False, 60.0),
        (60.0, 3600, False, True, 60.0),
        (-60.0, 3600, False, False, 3600.0),
        (None, 3600, False, False, 3600.0),
    ],
)
def test_freshness_counts_from_the_start_of_the_run_if_that_is_known_and_past(
    settings_for: Callable[..., Settings],
    began: float | None,
    max_age: int,
    revalidate: bool,
    force: bool,
    since: float,
) -> None:
    now = time.time()
    record = SimpleNamespace(start_time=None if began is None else now - began)
    asked: list[str] = []
    records = {f"run that began {began} s ago {max_age, revalidate, force}": record}
    [run_id] = records

    def find(run_id: str) -> SimpleNamespace | None:
        asked.append(run_id)
        return records.get(run_id)

    instance = SimpleNamespace(get_run_record_by_id=find)
    context: Any = SimpleNamespace(instance=instance, run=SimpleNamespace(run_id=run_id))
    github = github_resource(settings_for("a/b", REPO_STATS_MAX_AGE=str(max_age)))
    options = RefreshOptions(revalidate=revalidate, force=force)
    freshness = freshness_of_run(context, github, options)
    assert freshness.since.timestamp() == pytest.approx(now - since, abs=0.5)
    assert freshness.revalidate is not force
    assert freshness_of_run(context, github, options).revalidate is not force
    assert len(asked) == (2 if began is None else 1), "a start that is known is not asked for again"
    context.run.run_id = "a run that is not recorded"
    unknown = freshness_of_run(context, github, RefreshOptions())
    assert unknown.since.timestamp() == pytest.approx(now - max_age, abs=5)


@pytest.mark.parametrize(
    ("ago", "changes", "counts", "answered"),
    [
        (5, {}, True, True),
        (61, {}, False, False),
        (-86_400, {}, False, False),  # the clock was ahead
        (5, {"pulse": pulse_of()}, False, True),
        (5, {"is_limited": False}, False, True),
    ],
    ids=["lately", "long ago", "from the future", "by a query", "without limits"],
)
def test_a_later_step_counts_what_was_requested_lately_from_a_server_with_limits(
    settings_for: SettingsFor, ago: float, changes: Any, counts: bool, answered: bool
) -> None:
    moment = datetime.now(timezone.utc) - timedelta(seconds=ago)
    github = github_resource(settings_for("a/b", REPO_STATS_PER_MINUTE="1"))
    window = window_after(github, [state_of("a/b", read_at=moment, **changes)])
    assert (window.delay(time.time()) > 0.0) is counts
    last = pytest.approx(moment.timestamp(), abs=0.001) if answered else None
    assert window.last == last
    [part] = window.split(1)
    assert (part.last, part.most) == (window.last, 1)


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


@pytest.mark.parametrize(
    ("repos", "tags", "alone"),
    [
        (["a/b"], {}, True),
        (["a/b"], {PIECE_TAG: "2 of 3"}, False),
        (["a/b", "c/d"], {}, False),
    ],
)
def test_a_run_over_one_repository_may_take_the_whole_quota_unless_it_is_a_piece(
    repos: list[str], tags: dict[str, str], alone: bool
) -> None:
    context: Any = SimpleNamespace(partition_keys=repos, run=SimpleNamespace(tags=tags))
    assert is_alone(context) is alone
