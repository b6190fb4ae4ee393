"""The errors of requests, one class for each way to react.

Every message is one plain sentence that names the repository and says what to do.
"""

from repo_stats.safe_text import PlainError


class GitHubError(PlainError):
    """A request got no usable response."""


class TransientError(GitHubError):
    """The error is likely to pass by itself: a retry may help."""


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


class GoneError(PermanentError):
    """The resource is disabled, as the issues of a repository can be (HTTP 410)."""


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
