"""What each request of a client is authorized with, and what becomes of it when GitHub objects."""

import asyncio
from collections.abc import Callable

from repo_stats.github.auth.app import InstallationTokens, Post, refuse_installation
from repo_stats.github.auth.credentials import APP_NAME, Credentials, Token
from repo_stats.github.auth.token_pool import TokenPool
from repo_stats.github.errors import CredentialsError, RateLimitedError
from repo_stats.github.http.rate_limiter import Clock, RateLimiter
from repo_stats.github.http.responses import Quota


class TokenSelector:
    """Chooses a token for each request, and goes on without those that cannot be used.

    Args:
        api_url: base URL of the API.
        credentials: all there is to choose from; without any, requests are anonymous.
        turns: has the requests wait where no token has quota.
        on_drop: told why a token is used no more, if others go on without it.
        clock: tells the time, in seconds since the epoch.
    """

    def __init__(
        self,
        api_url: str,
        credentials: Credentials,
        turns: RateLimiter,
        *,
        on_drop: Callable[[CredentialsError], None],
        clock: Clock,
    ) -> None:
        app = credentials.app
        self._app = None if app is None else InstallationTokens(app, api_url)
        self._pool = TokenPool(credentials.tokens, is_anonymous=not credentials.names)
        self._limiter = turns
        self._on_drop = on_drop
        self._clock = clock
        self._renewal = asyncio.Lock()
        self._refused: CredentialsError | None = None

    @property
    def quota(self) -> Quota | None:
        """What is known of the quota of all tokens together."""
        return self._pool.quota

    async def renew(self, post: Post, repo: str) -> None:
        """See to it that the App, if there is one, has a token that lasts for a while.

        Args:
            post: sends a POST request to an address with headers, when it is its turn.
            repo: the repository it is for, for the errors' sentences.

        Raises:
            CredentialsError: GitHub does not accept the App, and there is no other token.
            RateLimitedError: a rate limit that lasts longer than may be waited.
            TransientError: no usable answer.
        """
        async with self._renewal:
            is_done = self._app is None
            while not is_done:
                is_done = await self._try_to_renew(post, repo)

    async def _try_to_renew(self, post: Post, repo: str) -> bool:
        """Renew once; False if it is to be tried again after a wait for a rate limit."""
        try:
            if self._app is not None:
                self._pool.put(await self._app.token(self._clock(), post, repo))
        except RateLimitedError as error:
            self._limiter.begin_wait(error, error.seconds)
            return False
        except CredentialsError as error:
            self._app = None
            self._go_on_without(error)
        return True

    def choose(self, etag_owner: str | None) -> Token | None:
        """The token to send a request with; None sends it without.

        Raises:
            CredentialsError: none is left that GitHub accepts.
        """
        if self._refused is not None:
            raise self._refused
        return self._pool.choose(self._clock(), etag_owner)

    def learn(self, token: Token | None, quota: Quota | None) -> None:
        """Note what an answer told of a token's quota."""
        self._pool.learn(token, quota)

    def limit(self, token: Token | None, error: RateLimitedError) -> None:
        """Have all requests wait, unless only this token has to and another one has quota.

        Raises:
            RateLimitedError: it would take too long.
        """
        if not error.is_primary:
            self._limiter.begin_wait(error, error.seconds)
            return
        now = self._clock()
        self._pool.exhaust(token, error, now)
        if (reset := self._pool.next_reset(now)) is not None:
            first, seconds = reset
            self._limiter.begin_wait(first, seconds, lambda: self._pool.release(now + seconds))

    def drop(self, token: Token | None, error: CredentialsError, repo: str) -> None:
        """Go on without a token that GitHub refused.

        Raises:
            CredentialsError: it was the last.
        """
        if token is not None and token.name == APP_NAME and self._app is not None:
            if self._app.forget(token):
                return
            self._app, error = None, refuse_installation(repo)
        if self._pool.drop(token):
            self._go_on_without(error)

    def _go_on_without(self, error: CredentialsError) -> None:
        if self._pool.is_empty:
            self._refused = error
            raise error
        self._on_drop(error)
