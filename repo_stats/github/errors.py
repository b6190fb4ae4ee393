"""What can go wrong with a request, by what is to be done about it.

Every message is one plain sentence that names the repository and says what to do.
"""


class GitHubError(Exception):
    """A request that has no usable answer."""


class TransientError(GitHubError):
    """Likely to pass by itself: worth asking again."""


class PermanentError(GitHubError):
    """Asking again gives the same answer: somebody has to change something."""


class CredentialsError(PermanentError):
    """GitHub accepts none of the credentials: this concerns every repository, not one."""


class NotFoundError(PermanentError):
    """There is no such repository, or it may not be read (HTTP 404)."""


class GoneError(PermanentError):
    """What was asked for is switched off, as the issues of a repository can be (HTTP 410)."""


class TakenOverError(PermanentError):
    """Another repository has the name by now, with another number."""


class RateLimitedError(GitHubError):
    """GitHub wants to be left alone for a while.

    Attributes:
        seconds: how long to wait, counted from the answer.
        is_guess: whether GitHub did not say how long, so that the wait has to grow if repeated.
        is_primary: whether the hour's requests of one token are used up: another may go on.
    """

    def __init__(
        self, message: str, *, seconds: float, is_guess: bool, is_primary: bool = False
    ) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.is_guess = is_guess
        self.is_primary = is_primary


class PageCapError(PermanentError):
    """The list is longer than page numbers reach (HTTP 422)."""
