"""The errors of requests, one class for each way to react.

Every message is one plain sentence that names the repository and says what to do.
"""

import traceback

from repo_stats.safe_text import PlainError, make_safe


class GitHubError(PlainError):
    """A request got no usable response."""


class TransientError(GitHubError):
    """The error is likely to pass by itself: a retry may help."""


class ContradictoryError(TransientError):
    """A response contradicts itself, or another one, so that nothing of it can be stored."""


class PermanentError(GitHubError):
    """A retry would fail in the same way: somebody has to change something first."""


class AccessError(PermanentError):
    """No repository can be read: what is wrong concerns all of them."""


class CredentialsError(AccessError):
    """GitHub accepts none of the credentials."""


class UnreachableError(AccessError):
    """There is no connection to the API, or none that can be trusted.

    Attributes:
        may_pass: whether it may end by itself within seconds.
    """

    def __init__(self, message: str, *, may_pass: bool = True) -> None:
        super().__init__(message)
        self.may_pass = may_pass


class UnboundedResponseError(PermanentError):
    """A response is too large, or takes too long."""


class NotFoundError(PermanentError):
    """The repository does not exist, or the token may not read it (HTTP 404)."""


class ForbiddenError(PermanentError):
    """The token lacks a permission that the request needs (HTTP 403)."""


class GoneError(PermanentError):
    """The resource is disabled, as the issues of a repository can be (HTTP 410)."""


class LoneLimitError(PermanentError):
    """A rate limit stopped one repository while others were answered; it passes by itself."""


class TakenOverError(PermanentError):
    """The name belongs to another repository now, with another number."""


class RateLimitedError(GitHubError):
    """GitHub asks to wait before the next request.

    Attributes:
        seconds: how long to wait, counted from the response.
        is_primary: whether one token's requests of this hour are used up: other tokens may go on.
    """

    def __init__(self, message: str, *, seconds: float, is_primary: bool = False) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.is_primary = is_primary


class PageCapError(PermanentError):
    """The list is longer than page numbers reach (HTTP 422)."""


class EndlessListError(PermanentError):
    """The list does not end where it should: the server does not answer as GitHub does."""


class StoreError(PlainError):
    """What is stored cannot be used; the message names the file and the reason in one sentence.

    Attributes:
        may_pass: whether a retry may help.
    """

    may_pass = False


class UnforeseenError(PermanentError):
    """An exception that nothing expects ended the work on one repository.

    Attributes:
        repo: the repository; empty if only the caller knows it.
        cause: the exception.
    """

    def __init__(self, repo: str, cause: Exception) -> None:
        super().__init__(
            f"The work on {repo or 'a repository'} ended with an error that was not foreseen "
            f"({type(cause).__name__}); the next refresh tries again. The log has details at its "
            "debug level: please report them."
        )
        self.repo = repo
        self.cause = self.__cause__ = cause


def to_github_error(error: Exception, repo: str) -> GitHubError:
    """The error of one repository that an exception stands for.

    Args:
        error: the exception.
        repo: the repository that was worked on; empty if only the caller knows it.
    """
    if isinstance(error, UnforeseenError) and not error.repo:
        return UnforeseenError(repo, error.cause)
    if isinstance(error, GitHubError):
        return error
    if isinstance(error, StoreError):
        return TransientError(str(error)) if error.may_pass else PermanentError(str(error))
    return UnforeseenError(repo, error)


def describe_cause(error: BaseException) -> str | None:
    """The type and the traceback of an unforeseen exception; None of any other."""
    if not isinstance(error, UnforeseenError):
        return None
    return make_safe("".join(traceback.format_exception(error.cause)).rstrip())
