"""Keeps an App's installation token for its hour, for all processes of this user.

ETags depend on the token: if each process made its own, GitHub would charge every page again. The
file is encrypted with a key derived from the App's private key, so that nobody can read it without
that key. It is in a folder of this machine, or where several machines keep it together. A file or
folder that cannot be used is ignored.
"""

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from repo_stats.atomic_files import replace_file
from repo_stats.github.auth.credentials import App
from repo_stats.json_codec import from_json, to_json

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


RENEWAL_MARGIN = 300.0
"""A token is renewed this many seconds before it expires, so that no request outlives it."""


@dataclass(frozen=True)
class InstallationToken:
    """An installation token as the cache keeps it.

    Attributes:
        token: the secret itself.
        expires_at: when GitHub stops accepting it, in seconds since the epoch.
    """

    token: str = field(repr=False)
    expires_at: float

    def is_valid_for_long(self, now: float) -> bool:
        """Whether it need not be renewed yet."""
        return self.expires_at - now >= RENEWAL_MARGIN


class TokenCache:
    """The file that keeps the token of one installation at one API.

    Args:
        app: the App; if its cache is None, nothing is kept.
        api_url: base URL of the API.
    """

    def __init__(self, app: App, api_url: str) -> None:
        self._app = app
        self._owner = f"{api_url} {app.app_id} {app.installation_id}".encode()

    @property
    def path(self) -> Path | None:
        """Where the token is kept on this machine; None if nowhere."""
        return self._app.cache / self._name if isinstance(self._app.cache, Path) else None

    def read(self) -> InstallationToken | None:
        """The stored token, which may have expired; None if there is none or it is unreadable."""
        from cryptography.fernet import InvalidToken

        content = self._read()
        if content is None:
            return None
        try:
            return from_json(InstallationToken, self._cipher.decrypt(content))
        except (InvalidToken, ValueError):
            return None

    def write(self, token: InstallationToken) -> None:
        """Store a token for its owner only; no error if the folder cannot be written."""
        cache = self._app.cache
        if cache is None:
            return
        content = self._cipher.encrypt(to_json(token))
        if not isinstance(cache, Path):
            cache.write(self._name, content)
            return
        with suppress(OSError):
            replace_file(cache / self._name, content, is_private=True)

    def _read(self) -> bytes | None:
        cache = self._app.cache
        if cache is None:
            return None
        if not isinstance(cache, Path):
            return cache.read(self._name)
        with suppress(OSError):
            return (cache / self._name).read_bytes()
        return None

    @property
    def _name(self) -> str:
        return f"installation-{hashlib.sha256(self._owner).hexdigest()[:16]}.token"

    @cached_property
    def _cipher(self) -> "Fernet":
        from cryptography.fernet import Fernet  # slow, and only an App needs it
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derivation = HKDF(SHA256(), length=32, salt=None, info=b"repo_stats " + self._owner)
        key = derivation.derive(self._app.private_key.encode())
        return Fernet(base64.urlsafe_b64encode(key))
