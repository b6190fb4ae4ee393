"""Tokens and the GitHub App, read from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from repo_stats.config.errors import SettingsError, quote
from repo_stats.github.auth.credentials import (
    App,
    Credentials,
    Token,
    TokenStore,
    check_private_key,
    number_tokens,
)

_TOKEN = "GITHUB_TOKEN"  # noqa: S105

_TOKENS = "GITHUB_TOKENS"

_APP_ID = "REPO_STATS_APP_ID"

_APP_INSTALLATION_ID = "REPO_STATS_APP_INSTALLATION_ID"

_APP_PRIVATE_KEY_FILE = "REPO_STATS_APP_PRIVATE_KEY_FILE"

_APP_VARIABLES = (_APP_ID, _APP_INSTALLATION_ID, _APP_PRIVATE_KEY_FILE)

_MOST_TOKEN, _MOST_ID, _MOST_DIGITS = 4_096, 100, 20
"""The most characters of a token and of an App's ID, and digits of an installation's number."""

CREDENTIAL_VARIABLES = {
    _TOKEN: "A token. It is optional, and sent only to the API that `REPO_STATS_API_URL` names.",
    _TOKENS: "Comma-separated list of further tokens.",
    _APP_ID: "Number or client ID of a GitHub App, which provides one more token.",
    _APP_INSTALLATION_ID: "Number of the App's installation.",
    _APP_PRIVATE_KEY_FILE: "Path of the App's private key, a `.pem` file.",
}
"""The variables of credentials, with their descriptions."""


def load_credentials(environ: Mapping[str, str] = os.environ) -> Credentials:
    """Read what authorizes requests: secrets, and therefore no part of `Settings`.

    Raises:
        SettingsError: a token or a setting of the GitHub App is malformed.
    """
    single = _read_token(_TOKEN, environ.get(_TOKEN, ""))
    several = [_read_token(_TOKENS, text) for text in environ.get(_TOKENS, "").split(",")]
    tokens = {single: Token(single)} if single else {}
    for token in number_tokens(filter(None, several)):
        tokens.setdefault(token.text, token)
    return Credentials(tuple(tokens.values()), _read_app(environ))


def _read_token(variable: str, text: str) -> str:
    token = text.strip()
    has_strange = not token.isascii() or not token.isprintable() or " " in token
    if has_strange or len(token) > _MOST_TOKEN:
        raise SettingsError(
            f"{variable} holds characters that no token has, or too many; copy it again, without "
            "blanks."
        )
    return token


def _read_app(environ: Mapping[str, str]) -> App | None:
    values = {variable: environ.get(variable, "").strip() for variable in _APP_VARIABLES}
    missing = [variable for variable, value in values.items() if not value]
    if len(missing) == len(values):
        return None
    if missing:
        raise SettingsError(
            f"A GitHub App needs three settings, of which {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set; set all three or none."
        )
    return App(
        app_id=_read_app_id(values[_APP_ID]),
        installation_id=_read_installation_id(values[_APP_INSTALLATION_ID]),
        private_key=_read_private_key(values[_APP_PRIVATE_KEY_FILE]),
        cache=_find_cache(environ),
    )


def _read_app_id(text: str) -> str:
    is_id = text.isascii() and text.replace(".", "").isalnum() and len(text) <= _MOST_ID
    if not is_id:
        raise SettingsError(f"{_APP_ID} is {quote(text)}; write the App's number or its client ID.")
    return text


def _read_installation_id(text: str) -> str:
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise SettingsError(
            f"{_APP_INSTALLATION_ID} is {quote(text)}; write the number at the end of the "
            "installation's address."
        )
    return text


def _read_private_key(path: str) -> str:
    """Read the key file; errors do not show its path, because it may be the key itself."""
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
        check_private_key(text)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "its home folder is unknown"
        raise SettingsError(
            f"{_APP_PRIVATE_KEY_FILE} names a file that cannot be read ({reason}); write the path "
            "of the App's private key, a .pem file."
        ) from None
    except ValueError:
        raise SettingsError(
            f"{_APP_PRIVATE_KEY_FILE} names a file that is not an RSA key in PEM format without a "
            "password; download the App's private key again."
        ) from None
    return text


def _find_cache(environ: Mapping[str, str]) -> Path | TokenStore | None:
    """Where the App's token is kept: in a warehouse that other machines may share, or here."""
    from repo_stats.warehouse.app_tokens import StoredTokens  # only an App needs it
    from repo_stats.warehouse.files import Files

    files = Files(environ.get("REPO_STATS_WAREHOUSE", "").strip())
    return _find_cache_folder() if files.is_local else StoredTokens(files)


def _find_cache_folder() -> Path | None:
    """The user's folder for files that may be deleted at any time; None without a home folder."""
    try:
        folder = platformdirs.user_cache_path("repo_stats")
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None
