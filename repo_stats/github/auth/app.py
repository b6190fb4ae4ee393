"""Signs in as a GitHub App, and provides the token of its installation.

See https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
"""

from collections.abc import Awaitable, Callable, Mapping

from repo_stats.github.auth.credentials import APP_NAME, App, Token
from repo_stats.github.auth.token_cache import InstallationToken, TokenCache
from repo_stats.github.errors import CredentialsError, GitHubError, RateLimitedError, TransientError
from repo_stats.github.fields import parse_time
from repo_stats.github.http.bodies import decode_json
from repo_stats.github.http.headers import is_sendable
from repo_stats.github.http.refusals import read_error, read_message
from repo_stats.github.http.responses import RawResponse
from repo_stats.safe_text import keep_secret

_BACKDATED = 60
"""Seconds that a signature is dated back, in case GitHub's clock is behind."""

_VALIDITY = 540
"""Seconds from now that a signature is valid: GitHub allows ten minutes, by its own clock."""

_LIFETIME = 3600.0
"""For how many seconds GitHub makes a token."""

_NEW = 10.0
"""For how many seconds GitHub may not know a token yet that it made (octokit/auth-app.js#65)."""

_PAUSES = (1.0, 2.0, 4.0)
"""Seconds before each further request with a new token that GitHub refuses."""

Post = Callable[[str, Mapping[str, str]], Awaitable[RawResponse]]


class InstallationTokenProvider:
    """Provides the token of one installation, from memory, the cache or GitHub, in this order.

    Args:
        app: the App.
        api_url: base URL of the API.
    """

    def __init__(self, app: App, api_url: str) -> None:
        self._app = app
        self._url = f"{api_url}/app/installations/{app.installation_id}/access_tokens"
        self._cache = TokenCache(app, api_url)
        self._current: InstallationToken | None = None
        self._refused: set[str] = set()
        self._pauses: dict[str, list[float]] = {}

    async def get_token(self, now: float, post: Post, repo: str) -> Token:
        """A token that does not expire soon.

        Args:
            now: the time, in seconds since the epoch.
            post: sends a POST request to an address with headers.
            repo: the repository it is for, for error messages.

        Raises:
            CredentialsError: GitHub does not accept the App or its installation.
            RateLimitedError: a rate limit applies to the App itself.
            TransientError: there was no usable response.
        """
        if self._current is None or not self._is_usable(self._current, now):
            self._current = self._find(now) or await self._create(now, post, repo)
        return Token(self._current.token, APP_NAME)

    def find_pause(self, token: Token, now: float) -> float | None:
        """Seconds until a token that GitHub refused may work, as it is new; None if it is not.

        Args:
            token: the token.
            now: the time, in seconds since the epoch.
        """
        if self._current is None or self._current.token != token.text:
            return None
        age = now - (self._current.expires_at - _LIFETIME)
        pauses = self._pauses.setdefault(token.id, [*_PAUSES])
        # The clocks may differ: a token that seems to be of the future is as new as one can be.
        return pauses.pop(0) if age < _NEW and pauses else None

    def reject(self, token: Token) -> bool:
        """Stop using a token that GitHub refused; returns whether to try another one.

        Somebody may have revoked the first one. If GitHub refuses its replacement too, the
        installation itself is at fault.
        """
        self._refused.add(token.id)
        return len(self._refused) == 1

    async def _create(self, now: float, post: Post, repo: str) -> InstallationToken:
        response = await post(self._url, {"Authorization": f"Bearer {sign(self._app, int(now))}"})
        if response.status != 201:
            raise _read_refusal(response, repo)
        created = _read_token(response, repo)
        if (earlier := self._find(now)) is not None:
            return earlier  # another process was faster, and ETags need one token for both
        self._cache.write(created)
        return created

    def _find(self, now: float) -> InstallationToken | None:
        stored = self._cache.read()
        return stored if stored is not None and self._is_usable(stored, now) else None

    def _is_usable(self, token: InstallationToken, now: float) -> bool:
        return token.is_valid_for_long(now) and Token(token.token).id not in self._refused


def sign(app: App, now: int) -> str:
    """The signed JSON Web Token with which the App proves its identity.

    Args:
        app: the App.
        now: the time, in seconds since the epoch.
    """
    import jwt  # slow, and only an App needs it

    claims = {"iat": now - _BACKDATED, "exp": now + _VALIDITY, "iss": app.app_id}
    return keep_secret(jwt.encode(claims, app.private_key, algorithm="RS256"))


def refuse_installation(repo: str) -> CredentialsError:
    """The error for an installation whose tokens GitHub makes and then refuses."""
    return CredentialsError(
        f"GitHub does not accept the token that it made for the GitHub App (request for {repo}); "
        "check that the installation of REPO_STATS_APP_INSTALLATION_ID is not suspended."
    )


def _read_token(response: RawResponse, repo: str) -> InstallationToken:
    try:
        body = decode_json(response.body)
        token, expires_at = str(body["token"]), parse_time(body["expires_at"])
        if not is_sendable(token) or " " in token:
            raise ValueError("not a token")
        return InstallationToken(token, expires_at.timestamp())
    except (ValueError, TypeError, KeyError, AttributeError):
        raise TransientError(
            f"GitHub's response to the GitHub App holds no token (request for {repo}); "
            "try again later."
        ) from None


def _read_refusal(response: RawResponse, repo: str) -> GitHubError:
    """The error for a response without a token; it names the setting to check."""
    status, body = response.status, response.body
    error = read_error(status, response.headers, body, repo=repo, token_name=APP_NAME)
    if isinstance(error, RateLimitedError | TransientError):
        return error
    if status == 401:
        return CredentialsError(
            f"GitHub does not accept the GitHub App (request for {repo}); check that "
            "REPO_STATS_APP_PRIVATE_KEY_FILE is a key of the App in REPO_STATS_APP_ID, and this "
            "machine's clock."
        )
    if status == 404:
        return CredentialsError(
            f"GitHub knows no such installation of the GitHub App (request for {repo}); check "
            "REPO_STATS_APP_INSTALLATION_ID, and that it is one of the App in REPO_STATS_APP_ID."
        )
    return CredentialsError(
        f"GitHub gave the GitHub App no token, with status {status} "
        f"({read_message(body) or 'no reason given'}, request for {repo}); check the installation "
        "of REPO_STATS_APP_INSTALLATION_ID, and REPO_STATS_API_URL."
    )
