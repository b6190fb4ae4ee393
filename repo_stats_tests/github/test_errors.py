"""Errors: what they say by default, and what an exception becomes that nobody foresaw."""

import pytest

from repo_stats.github.errors import (
    GitHubError,
    PermanentError,
    RateLimitedError,
    TransientError,
    UnforeseenError,
    UnreachableError,
    describe_cause,
    to_github_error,
)


@pytest.mark.parametrize(
    "error",
    [
        GitHubError("\x1b[31mno"),
        UnreachableError("\x1b[31mno"),
        RateLimitedError("\x1b[31mno", seconds=1),
    ],
)
def test_no_error_controls_the_terminal_that_shows_it(error: GitHubError) -> None:
    assert str(error) == " [31mno"


def test_an_outage_may_pass_and_a_limit_is_that_of_everyone_unless_it_is_said_otherwise() -> None:
    assert UnreachableError("no").may_pass
    assert not UnreachableError("no", may_pass=False).may_pass
    limits = [RateLimitedError("", seconds=7), RateLimitedError("", seconds=8, is_primary=True)]
    assert [(limit.seconds, limit.is_primary) for limit in limits] == [(7, False), (8, True)]


@pytest.mark.parametrize(("repo", "named"), [("a/b", "a/b"), ("", "a repository")])
def test_what_was_not_foreseen_names_its_repository_if_that_is_known(repo: str, named: str) -> None:
    assert str(UnforeseenError(repo, KeyError("colour"))) == (
        f"The work on {named} ended with an error that was not foreseen (KeyError); the next "
        "refresh tries again. The log has details at its debug level: please report them."
    )


FORESEEN = TransientError("It may pass.")

NAMED = UnforeseenError("c/d", KeyError("colour"))


@pytest.mark.parametrize("error", [FORESEEN, NAMED])
def test_an_error_that_says_what_happened_stays_as_it_is(error: GitHubError) -> None:
    assert to_github_error(error, "a/b") is error


@pytest.mark.parametrize("cause", [KeyError("colour"), PermanentError("no")])
def test_an_error_without_a_repository_gets_that_of_its_caller_and_keeps_its_cause(
    cause: Exception,
) -> None:
    error = to_github_error(UnforeseenError("", cause), "a/b")
    assert isinstance(error, UnforeseenError)
    assert (error.repo, error.cause, error.__cause__) == ("a/b", cause, cause)


def test_only_of_what_was_not_foreseen_the_cause_is_told_with_its_traceback() -> None:
    try:
        raise KeyError("col\x1bour")
    except KeyError as error:
        told = str(describe_cause(UnforeseenError("a/b", error)))
    first, *_, last = told.split("\n")
    assert (first, last) == ("Traceback (most recent call last):", "KeyError: 'col\\x1bour'")
    foreseen = GitHubError("no")
    foreseen.__cause__ = KeyError("colour")
    assert describe_cause(foreseen) is None
