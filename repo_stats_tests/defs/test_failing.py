"""How a step fails: in a sentence alone, and again and again only if that may help."""

import dagster as dg
import pytest
from dagster._core.execution import context_creation_job
from dagster._loggers import default_system_loggers

from repo_stats.defs import failing
from repo_stats.defs.failing import (
    MAX_RETRIES,
    RETRY_POLICY,
    PassingStepError,
    StepError,
    may_retry,
    retry_or_fail,
)
from repo_stats.defs.step_failures import find_own_reason

TWICE = dg.RetryPolicy(max_retries=2, delay=0)


@pytest.fixture
def retried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a step was tried again before, each time that it runs; it may be so twice."""
    monkeypatch.setattr(failing, "MAX_RETRIES", TWICE.max_retries)
    monkeypatch.setattr(failing, "RETRY_POLICY", TWICE)
    return []


@pytest.fixture
def passing_job(retried: list[int]) -> dg.JobDefinition:
    """A job of a step that might succeed another time, and of one that cannot."""

    @dg.op(retry_policy=TWICE)
    def passes(context: dg.OpExecutionContext) -> None:
        retried.append(context.retry_number)
        retry_or_fail("GitHub is not there.", context.retry_number)

    @dg.op(retry_policy=TWICE)
    def lasts() -> None:
        raise StepError("acme/widgets is gone.")

    @dg.job
    def both() -> None:
        passes()
        lasts()

    return both


def test_a_failed_step_shows_its_sentence_and_no_stack_trace(
    passing_job: dg.JobDefinition,
    retried: list[int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # All that Dagster shows, and not only what steps say.
    monkeypatch.setattr(context_creation_job, "default_system_loggers", default_system_loggers)
    result = passing_job.execute_in_process(raise_on_error=False)
    failed = {event.step_key: event for event in result.all_events if event.is_step_failure}
    assert {step: find_own_reason(event) for step, event in failed.items()} == {
        "passes": "GitHub is not there.",
        "lasts": "acme/widgets is gone.",
    }
    retries = [event.step_key for event in result.all_events if event.is_step_up_for_retry]
    assert (retries, retried) == (["passes"] * 2, [0, 1, 2])
    shown = capsys.readouterr().err
    assert (shown.count("GitHub is not there."), "Stack Trace" in shown) == (3, False)


def test_where_steps_are_not_tried_again_the_reason_is_told_too() -> None:
    with pytest.raises(PassingStepError) as raised:
        retry_or_fail("It may pass.", 0)
    assert str(raised.value) == "It may pass."
    cause = raised.value.__cause__
    assert isinstance(cause, dg.Failure)
    assert (cause.description, cause.allow_retries) == ("It may pass.", False)


def test_dagster_repeats_a_step_as_often_as_the_step_expects() -> None:
    assert (
        dg.RetryPolicy(
            max_retries=3, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
        )
        == RETRY_POLICY
    )
    assert [may_retry(retry) for retry in range(5)] == [True] * 3 + [False] * 2
    assert PassingStepError("It may pass.", 0).max_retries == MAX_RETRIES


@pytest.mark.parametrize(("retry", "least", "most"), [(0, 0, 10), (1, 10, 20), (2, 30, 40)])
def test_each_retry_waits_longer_than_the_one_before(retry: int, least: int, most: int) -> None:
    wait = PassingStepError("It may pass.", retry).seconds_to_wait
    assert wait is not None
    assert least <= wait <= most
