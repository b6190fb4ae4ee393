"""Authorization as a GitHub App: signing in, and the installation's token while it lasts.

The facts behind it: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import httpx

from repo_stats.github.auth.credentials import APP_NAME, App, Token
from repo_stats.github.auth.token_cache import InstallationToken, TokenCache
from repo_stats.github.errors import CredentialsError, GitHubError, RateLimitedError, TransientError
from repo_stats.github.http.responses import read_error, read_message

_BACKDATED = 60
"""Seconds that a signature is made out before now, for clocks that disagree."""


_VALIDITY = 540
"""Seconds that a signature is valid for: GitHub takes ten minutes at most, by its own clock."""


Post = Callable[[str, Mapping[str, str]], Awaitable[httpx.Response]]


class InstallationTokens:
    """The token of one installation: from memory, else from the cache, else made anew.

    Args:
        app: the App.
        api_url: base URL of the API.
    """

    def __init__(self, app: App, api_url: str) -> None:
        self._app = app
        self._url = f"{api_url}/app/installations/{app.installation_id}/access_tokens"
        self._cache = TokenCache(app, api_url)
        self._grant: InstallationToken | None = None
        self._refused: set[str] = set()

    async def token(self, now: float, post: Post, repo: str) -> Token:
        """A token that lasts for a while.

        Args:
            now: seconds since the epoch.
            post: sends a POST request to an address with headers.
            repo: the repository it is for, for the errors' sentences.

        Raises:
            CredentialsError: GitHub does not accept the App or its installation.
            RateLimitedError: not now.
            TransientError: no usable answer.
        """
        if self._grant is None or not self._is_usable(self._grant, now):
            self._grant = self._find(now) or await self._make(now, post, repo)
        return Token(self._grant.text, APP_NAME)

    def forget(self, token: Token) -> bool:
        """Use a token no more that GitHub refused; whether another one is worth making.

        A token that was revoked within its hour is replaced once: a second refusal is meant.
        """
        self._refused.add(token.id)
        return len(self._refused) == 1

    async def _make(self, now: float, post: Post, repo: str) -> InstallationToken:
        response = await post(self._url, {"Authorization": f"Bearer {sign(self._app, int(now))}"})
        if response.status_code != 201:
            raise _read_refusal(response, repo)
        grant = _read_grant(response, repo)
        if (earlier := self._find(now)) is not None:
            return earlier  # another process was faster: the same token serves both
        self._cache.write(grant)
        return grant

    def _find(self, now: float) -> InstallationToken | None:
        grant = self._cache.read()
        return grant if grant is not None and self._is_usable(grant, now) else None

    def _is_usable(self, grant: InstallationToken, now: float) -> bool:
        return grant.is_good(now) and Token(grant.text).id not in self._refused


def sign(app: App, now: int) -> str:
    """The signed statement (JWT) that the App proves itself with.

    Args:
        app: the App.
        now: seconds since the epoch.
    """
    import jwt  # slow, and only an App needs it

    claims = {"iat": now - _BACKDATED, "exp": now + _VALIDITY, "iss": app.app_id}
    return jwt.encode(claims, app.private_key, algorithm="RS256")


def refuse_installation(repo: str) -> CredentialsError:
    """The error for a token that GitHub has made and does not accept."""
    return CredentialsError(
        f"GitHub does not accept the token that it made for the GitHub App (asked for {repo}); "
        "check that the installation of REPO_STATS_APP_INSTALLATION_ID is not suspended."
    )


def _read_grant(response: httpx.Response, repo: str) -> InstallationToken:
    try:
        body = json.loads(response.content)
        expires_at = datetime.fromisoformat(body["expires_at"].replace("Z", "+00:00"))
        return InstallationToken(str(body["token"]), expires_at.timestamp())
    except (ValueError, TypeError, KeyError, AttributeError):
        raise TransientError(
            f"GitHub's answer to the GitHub App holds no token (asked for {repo}); the request is "
            "worth retrying."
        ) from None


def _read_refusal(response: httpx.Response, repo: str) -> GitHubError:
    """The error for an answer without a token; it names the setting to check."""
    status, text = response.status_code, response.text
    error = read_error(status, response.headers, text, repo=repo, token_name=APP_NAME)
    if isinstance(error, RateLimitedError | TransientError):
        return error
    if status == 401:
        return CredentialsError(
            f"GitHub does not accept the GitHub App (asked for {repo}); check that "
            "REPO_STATS_APP_PRIVATE_KEY_FILE is a key of the App in REPO_STATS_APP_ID, and this "
            "machine's clock."
        )
    if status == 404:
        return CredentialsError(
            f"GitHub knows no such installation of the GitHub App (asked for {repo}); check "
            "REPO_STATS_APP_INSTALLATION_ID, and that it is one of the App in REPO_STATS_APP_ID."
        )
    return CredentialsError(
        f"GitHub gave the GitHub App no token, with status {status} "
        f"({read_message(text) or 'no reason given'}, asked for {repo}); check the installation "
        "of REPO_STATS_APP_INSTALLATION_ID, and REPO_STATS_API_URL."
    )
