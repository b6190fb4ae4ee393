"""Work on several repositories at once: whatever happens to one does not stop the others."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import (
    CredentialsError,
    GitHubError,
    PermanentError,
    RateLimitedError,
    StoreError,
    TransientError,
    UnforeseenError,
    describe_cause,
)


class PassingStoreError(StoreError):
    """An error that a retry may fix."""

    may_pass = True


def run(
    *items: str, width: int = 2, **errors: BaseException
) -> tuple[list[str], dict[str, GitHubError]]:
    """Work on items such as `a1`, of the repository `a`; some raise an error."""

    async def work(item: str) -> str:
        await asyncio.sleep(0)
        if item in errors:
            raise errors[item]
        return item

    return asyncio.run(run_bounded(width, items, work, lambda item: item[0]))


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        RecursionError(),
        OverflowError(),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
        asyncio.TimeoutError(),
        OSError(),
    ],
)
def test_an_unforeseen_exception_is_the_failure_of_its_repository_alone(error: Exception) -> None:
    done, errors = run("a1", "b1", "c1", b1=error)
    assert done == ["a1", "c1"]
    assert isinstance(errors["b"], UnforeseenError)
    assert str(errors["b"]).startswith("The work on b ended with an error that was not foreseen")
    assert "Traceback" not in str(errors["b"])
    assert type(error).__name__ in str(describe_cause(errors["b"]))


def test_an_error_of_the_store_is_told_in_its_own_sentence() -> None:
    _, errors = run("a1", "b1", a1=StoreError("a is damaged."), b1=PassingStoreError("b is gone."))
    assert [(type(error), str(error)) for error in errors.values()] == [
        (PermanentError, "a is damaged."),
        (TransientError, "b is gone."),
    ]
    assert describe_cause(errors["a"]) is None


def test_what_is_raised_within_names_the_repository_that_only_the_caller_knows() -> None:
    async def work(item: str) -> None:
        _, errors = await run_bounded(1, [item], _divide, lambda item: "")
        for error in errors.values():
            raise error

    async def _divide(item: str) -> None:
        raise ZeroDivisionError(item)

    _, errors = asyncio.run(run_bounded(1, ["a"], work, lambda item: item))
    assert "The work on a ended" in str(errors["a"])
    assert "ZeroDivisionError: a" in str(describe_cause(errors["a"]))


def test_after_an_error_that_no_retry_fixes_the_rest_of_the_repository_is_skipped() -> None:
    done, errors = run("a1", "a2", "b1", "b2", width=1, a1=PermanentError(), b1=TransientError())
    assert done == ["b2"]
    assert set(errors) == {"a", "b"}


def test_of_several_errors_the_first_is_told_unless_a_later_one_is_final() -> None:
    names = ("a1", "a2", "b1", "b2", "b3")
    raised = {name: TransientError(name) for name in names} | {"b2": PermanentError("b2")}
    _, errors = run(*names, width=1, **raised)
    assert {repo: str(error) for repo, error in errors.items()} == {"a": "a1", "b": "b2"}


@pytest.mark.parametrize(
    "error",
    [
        CredentialsError("no"),
        RateLimitedError("wait", seconds=1),
        MemoryError(),
        asyncio.CancelledError(),
        KeyboardInterrupt(),
    ],
)
def test_what_concerns_every_repository_ends_the_work(error: BaseException) -> None:
    begun: list[str] = []

    async def work(item: str) -> None:
        begun.append(item)
        if item == "b":
            raise error

    with pytest.raises(type(error)):
        asyncio.run(run_bounded(1, ["a", "b", "c"], work, str))
    assert begun == ["a", "b"]


def test_no_more_work_is_under_way_at_once_than_allowed() -> None:
    under_way: list[int] = []

    def count(busy: set[int]) -> Callable[[int], Awaitable[None]]:
        async def work(item: int) -> None:
            busy.add(item)
            under_way.append(len(busy))
            await asyncio.sleep(0)
            busy.discard(item)

        return work

    asyncio.run(run_bounded(3, range(10), count(set()), str))
    assert max(under_way) == 3
