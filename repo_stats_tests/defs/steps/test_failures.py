"""What a step does when something fails: whether it is tried again, and in which words it fails."""

import pytest

from repo_stats.defs.failing import MAX_RETRIES, PassingStepError, StepError
from repo_stats.defs.steps.failures import (
    ask,
    fail_on,
    give_reasons,
    is_repeated,
    plain_failures,
)
from repo_stats.github.errors import (
    GitHubError,
    PermanentError,
    RateLimitedError,
    TransientError,
    UnforeseenError,
)
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.pages import LostPageError
from repo_stats_tests.helpers.step_context import step_context

PASSING, LASTING = TransientError("It may pass."), PermanentError("It lasts.")


@pytest.mark.parametrize(
    ("error", "retry", "kind"),
    [
        (PASSING, 0, PassingStepError),
        (PASSING, MAX_RETRIES - 1, PassingStepError),
        (PASSING, MAX_RETRIES, StepError),
        (LostPageError("It is gone."), 0, PassingStepError),
        (LostPageError("It is gone."), MAX_RETRIES, StepError),
        (LASTING, 0, StepError),
        (RateLimitedError("Wait.", seconds=1), 0, StepError),
        (WarehouseError("It is full."), 0, StepError),
    ],
)
def test_a_step_fails_in_the_words_of_the_error_and_is_repeated_if_that_may_help(
    error: Exception, retry: int, kind: type[Exception]
) -> None:
    context = step_context(retry=retry)
    with pytest.raises(kind) as raised, plain_failures(context):
        raise error
    assert str(raised.value) == str(error)

    async def request() -> None:
        raise error

    with pytest.raises(kind) as asked:
        ask(context, request())
    assert str(asked.value) == str(error)


def test_what_was_not_foreseen_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), plain_failures(step_context()):
        raise ZeroDivisionError


def test_a_step_gets_what_its_requests_gave() -> None:
    async def request() -> int:
        return 7

    assert ask(step_context(), request()) == 7


@pytest.mark.parametrize(
    ("retry", "parent", "expected"), [(0, None, False), (1, None, True), (0, "run-0", True)]
)
def test_a_step_is_repeated_in_its_run_or_in_one_that_re_executes_another(
    retry: int, parent: str | None, expected: bool
) -> None:
    assert is_repeated(step_context(retry=retry, parent=parent)) is expected


@pytest.mark.parametrize("retry", [0, MAX_RETRIES])
def test_errors_that_last_are_reasons_and_no_failure(retry: int) -> None:
    errors: dict[str, GitHubError] = {"a/b": LASTING, "c/d": PermanentError("So does this.")}
    context = step_context(retry=retry)
    assert give_reasons(context, errors) == {"a/b": "It lasts.", "c/d": "So does this."}
    assert give_reasons(context, {}) == {}
    assert context.log.entries == []


def test_an_error_that_may_pass_fails_the_step_until_its_last_try() -> None:
    errors: dict[str, GitHubError] = {"a/b": LASTING, "c/d": PASSING, "e/f": TransientError("2nd")}
    with pytest.raises(PassingStepError, match=r"^It may pass\.$"):
        give_reasons(step_context(), errors)
    reasons = give_reasons(step_context(retry=MAX_RETRIES), errors)
    assert reasons == {"a/b": "It lasts.", "c/d": "It may pass.", "e/f": "2nd"}


def test_the_traceback_of_what_was_not_foreseen_is_in_the_log_for_those_who_look() -> None:
    context = step_context()
    unforeseen = UnforeseenError("a/b", KeyError("colour"))
    assert give_reasons(context, {"c/d": LASTING, "a/b": unforeseen})["a/b"] == str(unforeseen)
    assert context.log.entries == [("debug", "KeyError: 'colour'")]


def test_a_step_that_did_what_it_could_fails_with_all_errors_and_is_not_repeated() -> None:
    fail_on({})
    with pytest.raises(StepError, match=r"^One\.\nTwo\.$"):
        fail_on({"a/b": "One.", "c/d": "Two."})
