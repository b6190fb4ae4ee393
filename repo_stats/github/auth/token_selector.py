"""Selects the token of each request of a client, and reacts when GitHub refuses one."""

import asyncio
from collections.abc import Callable
from math import inf

from repo_stats.github.auth.app import InstallationTokenProvider, Post, refuse_installation
from repo_stats.github.auth.credentials import APP_NAME, Credentials, Token
from repo_stats.github.auth.token_pool import TokenPool
from repo_stats.github.errors import CredentialsError, RateLimitedError
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.rate_limiter import Clock, RateLimiter


class TokenSelector:
    """Selects a token for each request, and drops tokens that GitHub refuses.

    Args:
        api_url: base URL of the API.
        credentials: the tokens and the App to select from; if empty, requests are anonymous.
        limiter: makes all requests wait when no token has quota.
        on_drop: called with the reason when a token is dropped and others remain.
        clock: gives the time in seconds since the epoch.
        worked_at: when earlier steps of the run last sent requests.
    """

    def __init__(
        self,
        api_url: str,
        credentials: Credentials,
        limiter: RateLimiter,
        *,
        on_drop: Callable[[CredentialsError], None],
        clock: Clock,
        worked_at: float = -inf,
    ) -> None:
        app = credentials.app
        self._app = None if app is None else InstallationTokenProvider(app, api_url)
        self._pool = TokenPool(
            credentials.tokens, is_anonymous=not credentials.names, worked_at=worked_at
        )
        self._limiter = limiter
        self._on_drop = on_drop
        self._clock = clock
        self._renewal = asyncio.Lock()
        self._refused: CredentialsError | None = None

    @property
    def quota(self) -> Quota | None:
        """The sum of the known quotas of all tokens; None if none is known."""
        return self._pool.quota

    async def renew_app_token(self, post: Post, repo: str) -> None:
        """Make sure that the App, if there is one, has a token that does not expire soon.

        Args:
            post: sends a POST request to an address with headers, when the limiter allows it.
            repo: the repository it is for, for error messages.

        Raises:
            CredentialsError: GitHub does not accept the App, and there is no other token.
            RateLimitedError: a rate limit lasts longer than the client may wait.
            TransientError: there was no usable response.
        """
        # One at a time: the first request makes the token, and the next ones find it.
        async with self._renewal:
            is_done = self._app is None
            while not is_done:
                is_done = await self._try_to_renew(post, repo)

    async def _try_to_renew(self, post: Post, repo: str) -> bool:
        """Renew once; False if it has to be tried again after a wait for a rate limit."""
        try:
            if self._app is not None:
                self._pool.put(await self._app.get_token(self._clock(), post, repo))
        except RateLimitedError as error:
            self._limiter.begin_wait(error, error.seconds)
            return False
        except CredentialsError as error:
            self._app = None
            self._continue_without(error)
        return True

    def select(self, etag_owner: str | None) -> Token | None:
        """The token to send a request with; None sends it anonymously.

        Args:
            etag_owner: fingerprint of the token that is preferred while it has quota.

        Raises:
            CredentialsError: no token is left that GitHub accepts.
        """
        if self._refused is not None:
            raise self._refused
        return self._pool.select(self._clock(), etag_owner)

    def record_quota(self, token: Token | None, quota: Quota | None) -> None:
        """Record the quota of a token as a response states it."""
        self._pool.record_quota(token, quota)

    def record_answer(self, token: Token | None) -> None:
        """Record that GitHub accepted a token, and no limit stopped it."""
        self._pool.mark_working(token, self._clock())

    def lift_limit(self, token: Token | None) -> None:
        """Record that a limit with which a token was refused does not concern it."""
        self._pool.lift_limit(token)

    def worked_lately(self, token: Token | None) -> bool:
        """Whether GitHub accepted a token within the last minute."""
        return self._pool.worked_lately(token, self._clock())

    def handle_rate_limit(self, token: Token | None, error: RateLimitedError) -> None:
        """Make all requests wait, unless the limit is this token's alone and another has quota.

        Raises:
            RateLimitedError: the wait would be too long.
        """
        if not error.is_primary:
            # A secondary limit concerns the client, whatever token it uses.
            self._limiter.begin_wait(error, error.seconds)
            return
        now = self._clock()
        self._pool.mark_exhausted(token, error, now)
        if (reset := self._pool.next_reset(now)) is not None:
            first, seconds = reset
            # The pool has doubled what has to grow. It is updated when the wait ends, before any
            # request selects its token.
            self._limiter.begin_wait(
                first,
                seconds,
                lambda: self._pool.clear_expired_limits(now + seconds),
                grows=False,
            )

    def handle_refusal(
        self, token: Token | None, error: CredentialsError, repo: str, waits: int
    ) -> None:
        """Drop a token that GitHub refused; the App replaces its token once.

        A token that the App has just made is kept for some seconds: GitHub may not know it yet.

        Args:
            token: the token.
            error: the refusal.
            repo: the repository it is for, for error messages.
            waits: the number of waits when the request was sent.

        Raises:
            CredentialsError: it was the last one.
        """
        if token is not None and token.name == APP_NAME and self._app is not None:
            if waits != self._limiter.waits:
                return  # after a wait that began meanwhile, the request is sent again
            if (pause := self._app.find_pause(token, self._clock())) is not None:
                self._limiter.pause(pause)
                return
            if self._app.reject(token):
                return
            self._app, error = None, refuse_installation(repo)
        # Other requests may have been refused with the same token: only the first of them drops it.
        if self._pool.remove(token):
            self._continue_without(error)

    def _continue_without(self, error: CredentialsError) -> None:
        if self._pool.is_empty:
            self._refused = error
            raise error
        self._on_drop(error)
