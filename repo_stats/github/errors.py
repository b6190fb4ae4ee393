"""What can go wrong with a request, by what is to be done about it.

Every message is one plain sentence that names the repository and says what to do.
"""

from datetime import datetime


class GitHubError(Exception):
    """A request that has no usable answer."""


class TransientError(GitHubError):
    """Likely to pass by itself: worth asking again."""


class PermanentError(GitHubError):
    """Asking again gives the same answer: somebody has to change something."""


class RateLimitedError(GitHubError):
    """GitHub wants to be left alone for a while.

    Attributes:
        seconds: how long to wait, counted from the answer.
        resets_at: when requests are served again (UTC).
    """

    def __init__(self, message: str, *, seconds: float, resets_at: datetime) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.resets_at = resets_at


class PageCapError(PermanentError):
    """The list is longer than page numbers reach: only its cursor goes on (HTTP 422)."""
