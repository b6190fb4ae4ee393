"""Tokens and the GitHub App, read from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from repo_stats.config.errors import SettingsError
from repo_stats.github.auth.credentials import (
    App,
    Credentials,
    Token,
    check_private_key,
    number_tokens,
)

_APP_ID = "REPO_STATS_APP_ID"


_APP_INSTALLATION_ID = "REPO_STATS_APP_INSTALLATION_ID"


_APP_PRIVATE_KEY_FILE = "REPO_STATS_APP_PRIVATE_KEY_FILE"


_APP_VARIABLES = (_APP_ID, _APP_INSTALLATION_ID, _APP_PRIVATE_KEY_FILE)


CREDENTIAL_VARIABLES = ("GITHUB_TOKEN", "GITHUB_TOKENS", *_APP_VARIABLES)
"""All that says what requests are authorized with."""


def load_credentials(environ: Mapping[str, str] = os.environ) -> Credentials:
    """What requests are authorized with: secrets, and therefore never part of `Settings`.

    Raises:
        SettingsError: a token is mangled, or what describes the GitHub App is.
    """
    single = _read_token("GITHUB_TOKEN", environ.get("GITHUB_TOKEN", ""))
    several = [
        _read_token("GITHUB_TOKENS", text) for text in environ.get("GITHUB_TOKENS", "").split(",")
    ]
    tokens = {single: Token(single)} if single else {}
    for token in number_tokens(filter(None, several)):
        tokens.setdefault(token.text, token)
    return Credentials(tuple(tokens.values()), _read_app(environ))


def _read_token(name: str, text: str) -> str:
    token = text.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(
            f"{name} holds characters that no token has; copy it again, without blanks."
        )
    return token


def _read_app(environ: Mapping[str, str]) -> App | None:
    values = {name: environ.get(name, "").strip() for name in _APP_VARIABLES}
    missing = [name for name, value in values.items() if not value]
    if len(missing) == len(values):
        return None
    if missing:
        raise SettingsError(
            f"A GitHub App takes three settings, of which {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set; set all three or none."
        )
    return App(
        app_id=_read_app_id(values[_APP_ID]),
        installation_id=_read_installation_id(values[_APP_INSTALLATION_ID]),
        private_key=_read_private_key(values[_APP_PRIVATE_KEY_FILE]),
        cache=_cache_folder(environ),
    )


def _read_app_id(text: str) -> str:
    if not text.isascii() or not text.replace(".", "").isalnum():
        raise SettingsError(f"{_APP_ID} is {text!r}; write the App's number or its client ID.")
    return text


def _read_installation_id(text: str) -> str:
    if not text.isascii() or not text.isdigit():
        raise SettingsError(
            f"{_APP_INSTALLATION_ID} is {text!r}; write the number at the end of the "
            "installation's address."
        )
    return text


def _read_private_key(place: str) -> str:
    """The text of the key file; its path is not repeated, lest it be the key itself."""
    try:
        text = Path(place).expanduser().read_text(encoding="utf-8")
        check_private_key(text)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "its home folder is unknown"
        raise SettingsError(
            f"{_APP_PRIVATE_KEY_FILE} names a file that cannot be read ({reason}); write the path "
            "of the App's private key, a .pem file."
        ) from None
    except ValueError:
        raise SettingsError(
            f"{_APP_PRIVATE_KEY_FILE} names a file that is no RSA key in PEM format without a "
            "password; download the App's private key again."
        ) from None
    return text


def _cache_folder(environ: Mapping[str, str]) -> Path | None:
    """This user's folder for what may be thrown away; None where there is none."""
    place = Path(environ.get("XDG_CACHE_HOME", "").strip())
    try:
        folder = place if place.is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return folder / "repo_stats"
