"""What the alert sensors remember between ticks, and how an ended run is named."""

import dagster as dg
import pytest

from repo_stats.alerts.delivery import NONE, Attempts
from repo_stats.defs.jobs import PARTITION
from repo_stats.defs.sensors.alert_states import forget_others, new_state, read_state, write_state
from repo_stats.defs.sensors.ended_runs import describe_run

ONE, TWO = WATCHLIST = ["acme/one", "acme/two"]

NOW = 1_000_000.0


def test_a_new_state_knows_nothing_but_when_it_began() -> None:
    assert new_state(7.0) == {
        "until": 7.0,
        "failing": {},
        "warned_until": 0.0,
        "missed": NONE,
        "busy": 0,
    }


def test_each_reason_keeps_its_cause_and_repository_in_a_cursor() -> None:
    failing = {
        ONE: {"a.refreshed": "gone", "b.refreshed": "odd"},
        TWO: {"refresh": "odd"},
        "": {"prune_runs": "full"},
    }
    state = {**new_state(7.0), "failing": failing}
    assert read_state(write_state(state), NOW) == state


@pytest.mark.parametrize(
    ("name", "latest", "instead"),
    [("until", NOW + 60, NOW), ("warned_until", NOW + 3600 + 60, 0.0)],
)
def test_a_time_that_a_wrong_clock_has_left_is_forgotten(
    name: str, latest: float, instead: float
) -> None:
    for time, expected in ((latest, latest), (latest + 1, instead)):
        known = read_state(write_state({**new_state(7.0), name: time}), NOW)
        assert known is not None
        assert known[name] == expected


def test_a_webhook_that_was_missed_in_the_future_is_tried_at_once() -> None:
    for last, expected in ((NOW + 60, NOW + 60), (NOW + 61, 0.0)):
        missed = Attempts(3, last, (("run", "text"),))
        known = read_state(write_state({**new_state(7.0), "missed": missed}), NOW)
        assert known is not None
        assert known["missed"] == Attempts(3, expected, (("run", "text"),))


def test_what_failed_is_forgotten_with_its_repository_but_not_what_is_about_none() -> None:
    failing = {ONE: {"a": "b"}, TWO: {"a": "b"}, "": {"a": "b"}}
    state = {**new_state(7.0), "failing": failing, "busy": 2}
    assert forget_others(state, [TWO]) == {
        **state,
        "failing": {TWO: {"a": "b"}, "": {"a": "b"}},
    }


@pytest.mark.parametrize(
    ("job", "tags", "assets", "task", "title"),
    [
        ("refresh_repo", {PARTITION: TWO}, None, "refresh", "The refresh of acme/two"),
        ("refresh_watchlist", {}, None, "refresh", "The refresh of acme/one, acme/two"),
        ("refresh_repo", {PARTITION: TWO}, ["a"], "refresh", "The refresh of acme/two"),
        ("__ASSET_JOB", {}, ["b", "a"], "a, b", "Materialising a, b"),
        ("__ASSET_JOB", {}, None, "__ASSET_JOB", "__ASSET_JOB"),
        ("publish_report", {}, ["a"], "publish_report", "publish_report"),
    ],
)
def test_a_run_is_named_by_its_repositories_its_assets_or_its_job(
    instance: dg.DagsterInstance,
    job: str,
    tags: dict[str, str],
    assets: list[str] | None,
    task: str,
    title: str,
) -> None:
    selection = None if assets is None else frozenset(map(dg.AssetKey, assets))
    run = dg.DagsterRun(
        job, status=dg.DagsterRunStatus.SUCCESS, tags=tags, asset_selection=selection
    )
    ended = describe_run(instance, run, WATCHLIST)
    assert (ended.run_id, ended.job) == (run.run_id, job)
    assert (ended.task, ended.title) == (task, title)
    assert (ended.failure, ended.findings, ended.quota) == (None, {}, None)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (dg.Failure("The disk is full.", allow_retries=False), "The disk is full."),
        (dg.Failure(None, allow_retries=False), "dagster._core.definitions.events.Failure: None"),
        (KeyError("colour"), "KeyError: 'colour'"),
        (ValueError("one line\n  and\tanother\n"), "ValueError: one line and another"),
    ],
)
def test_the_reason_of_a_failed_run_is_that_of_its_first_failed_step(
    instance: dg.DagsterInstance, error: Exception, reason: str
) -> None:
    @dg.op
    def first() -> None:
        raise error

    @dg.op
    def second() -> None:
        raise dg.Failure("This comes later.", allow_retries=False)

    @dg.job
    def job() -> None:
        first()
        second()

    result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert describe_run(instance, result.dagster_run, WATCHLIST).failure == reason
