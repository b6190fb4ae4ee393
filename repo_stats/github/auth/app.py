"""Signs in as a GitHub App, and provides the token of its installation.

See https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
"""

import json
from collections.abc import Awaitable, Callable, Mapping

import httpx

from repo_stats.github.auth.credentials import APP_NAME, App, Token
from repo_stats.github.auth.token_cache import InstallationToken, TokenCache
from repo_stats.github.errors import CredentialsError, GitHubError, RateLimitedError, TransientError
from repo_stats.github.fields import parse_time
from repo_stats.github.http.refusals import read_error, read_message

_BACKDATED = 60
"""Seconds that a signature is dated back, in case GitHub's clock is behind."""

_VALIDITY = 540
"""Seconds from now that a signature is valid: GitHub allows ten minutes, by its own clock."""

Post = Callable[[str, Mapping[str, str]], Awaitable[httpx.Response]]


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

    def reject(self, token: Token) -> bool:
        """Stop using a token that GitHub refused; returns whether to try another one.

        Somebody may have revoked the first one. If GitHub refuses its replacement too, the
        installation itself is at fault.
        """
        self._refused.add(token.id)
        return len(self._refused) == 1

    async def _create(self, now: float, post: Post, repo: str) -> InstallationToken:
        response = await post(self._url, {"Authorization": f"Bearer {sign(self._app, int(now))}"})
        if response.status_code != 201:
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
    return jwt.encode(claims, app.private_key, algorithm="RS256")


def refuse_installation(repo: str) -> CredentialsError:
    """The error for an installation whose tokens GitHub makes and then refuses."""
    return CredentialsError(
        f"GitHub does not accept the token that it made for the GitHub App (request for {repo}); "
        "check that the installation of REPO_STATS_APP_INSTALLATION_ID is not suspended."
    )


def _read_token(response: httpx.Response, repo: str) -> InstallationToken:
    try:
        body = json.loads(response.content)
        expires_at = parse_time(body["expires_at"])
        return InstallationToken(str(body["token"]), expires_at.timestamp())
    except (ValueError, TypeError, KeyError, AttributeError):
        raise TransientError(
            f"GitHub's response to the GitHub App holds no token (request for {repo}); "
            "try again later."
        ) from None


def _read_refusal(response: httpx.Response, repo: str) -> GitHubError:
    """The error for a response without a token; it names the setting to check."""
    status, text = response.status_code, response.text
    error = read_error(status, response.headers, text, repo=repo, token_name=APP_NAME)
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
        f"({read_message(text) or 'no reason given'}, request for {repo}); check the installation "
        "of REPO_STATS_APP_INSTALLATION_ID, and REPO_STATS_API_URL."
    )
