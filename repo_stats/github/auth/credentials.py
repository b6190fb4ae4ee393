"""The credentials of requests: tokens, a GitHub App, or nothing. Plain data, no requests.

Their `repr` leaves the secrets out, so that no log or error message shows one by accident.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from repo_stats.safe_text import keep_secret

APP_NAME = "the GitHub App"


@dataclass(frozen=True)
class Token:
    """A token, and what the settings call it.

    Attributes:
        text: the secret itself.
        name: `GITHUB_TOKEN`, or its position in `GITHUB_TOKENS`, for errors and warnings.
    """

    text: str = field(repr=False)
    name: str = "GITHUB_TOKEN"

    def __post_init__(self) -> None:
        """Keep the token out of everything that is told."""
        keep_secret(self.text)

    @property
    def id(self) -> str:
        """A short fingerprint, which may be stored: it does not reveal the secret."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


class TokenStore(Protocol):
    """Keeps small files by their names, for all machines that send requests as the same App."""

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is none, or it cannot be read."""

    def write(self, name: str, content: bytes) -> None:
        """Replace a file, or create it; no error if that is not possible."""


@dataclass(frozen=True)
class App:
    """A GitHub App that is installed somewhere.

    Attributes:
        app_id: the App's number or client ID.
        installation_id: the number of its installation.
        private_key: the App's key: the text of its PEM file.
        cache: what keeps the installation's token, encrypted: a folder of this machine, or a store
            that several machines share; None if it is not kept.
    """

    app_id: str
    installation_id: str
    private_key: str = field(repr=False)
    cache: Path | TokenStore | None = None

    def __post_init__(self) -> None:
        """Keep the key out of everything that is told."""
        keep_secret(self.private_key.strip())


@dataclass(frozen=True)
class Credentials:
    """All tokens and the App that requests may use; if empty, requests are anonymous."""

    tokens: tuple[Token, ...] = ()
    app: App | None = None

    @classmethod
    def of(cls, *texts: str) -> "Credentials":
        """Credentials from bare tokens, named by their position unless there is only one."""
        if len(texts) == 1:
            return cls((Token(texts[0]),))
        return cls(tuple(number_tokens(texts)))

    @property
    def names(self) -> list[str]:
        """What the settings call each of them."""
        return [token.name for token in self.tokens] + ([APP_NAME] if self.app else [])


def number_tokens(texts: Iterable[str]) -> list[Token]:
    """Tokens named by their position in `GITHUB_TOKENS`."""
    return [
        Token(text, f"token {number} of GITHUB_TOKENS")
        for number, text in enumerate(texts, start=1)
    ]


@lru_cache(maxsize=4)
def check_private_key(text: str) -> None:
    """Refuse a key that cannot sign for an App.

    Each client of each step asks, and the answer takes 50 milliseconds: it is kept, also by the
    steps, whose processes are forked. A refusal is not.

    Raises:
        ValueError: the text is not an RSA key in PEM format, or the key needs a password.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # slow, and only an App needs it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a private key in PEM format without a password") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
