"""How a step fails: in a sentence, without the stack trace that Dagster shows below other errors.

Dagster shows the error of another process as that process tells it. The failures here use that.
"""

from typing import NoReturn

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError
from dagster_shared.error import SerializableErrorInfo

MAX_RETRIES = 3

RETRY_POLICY = dg.RetryPolicy(
    max_retries=MAX_RETRIES,
    delay=5,
    backoff=dg.Backoff.EXPONENTIAL,
    jitter=dg.Jitter.PLUS_MINUS,
)
"""Of every step. In a step that sends requests, the client's own quick retries come first."""


class StepError(DagsterUserCodeProcessError, dg.Failure):
    """A step cannot do its work, and trying again would not help.

    Args:
        reason: one plain sentence, or one a line.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, user_code_process_error_infos=[_tell(reason)])  # type: ignore[no-untyped-call]
        self.allow_retries = False


class PassingStepError(DagsterUserCodeProcessError, dg.RetryRequested):
    """A step could not do its work this time; Dagster tries again after a while.

    Args:
        reason: one plain sentence.
        retry: how often the step was tried again before.
    """

    def __init__(self, reason: str, retry: int) -> None:
        super().__init__(MAX_RETRIES, user_code_process_error_infos=[_tell(reason)])  # type: ignore[no-untyped-call]
        self.reason = reason
        self.seconds_to_wait = RETRY_POLICY.calculate_delay(retry + 1)

    def __str__(self) -> str:
        return self.reason


def may_retry(retry: int) -> bool:
    """Whether Dagster may try a step once more.

    Args:
        retry: how often the step was tried again before.
    """
    return retry < MAX_RETRIES


def retry_or_fail(reason: str, retry: int) -> NoReturn:
    """End a step that may succeed if Dagster tries it again.

    Args:
        reason: one plain sentence.
        retry: how often the step was tried again before.

    Raises:
        PassingStepError: Dagster may try again.
        StepError: it was the last try.
    """
    if not may_retry(retry):
        raise StepError(reason) from None
    # The cause is what Dagster tells where retries are turned off.
    raise PassingStepError(reason, retry) from StepError(reason)


def _tell(reason: str) -> SerializableErrorInfo:
    return SerializableErrorInfo(reason, stack=[], cls_name=dg.Failure.__name__)
