"""An App's installation token, kept for its hour where every process of this user finds it.

ETags depend on the token: were each process to make its own, every page would be charged again.
The file is encrypted with a key made from the App's private key, so that whoever reads it without
that key learns nothing. A file that cannot be used counts as none, and so does a folder.
"""

import base64
import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from repo_stats.github.auth.credentials import App

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


RENEWAL_MARGIN = 300.0
"""Seconds before its end from which on a token counts as none, so that no request outlives it."""


@dataclass(frozen=True)
class InstallationToken:
    """An installation token and its end, in seconds since the epoch."""

    text: str = field(repr=False)
    expires_at: float

    def is_good(self, now: float) -> bool:
        """Whether it lasts for a while."""
        return self.expires_at - now >= RENEWAL_MARGIN


class TokenCache:
    """The file of one installation at one API.

    Args:
        app: the App; its folder may be None, which keeps nothing.
        api_url: base URL of the API.
    """

    def __init__(self, app: App, api_url: str) -> None:
        self._app = app
        self._owner = f"{api_url} {app.app_id} {app.installation_id}".encode()

    @property
    def path(self) -> Path | None:
        """Where the token is kept."""
        if self._app.cache is None:
            return None
        name = hashlib.sha256(self._owner).hexdigest()[:16]
        return self._app.cache / f"installation-{name}.token"

    def read(self) -> InstallationToken | None:
        """The token that is kept, expired or not; None if there is none that can be used."""
        from cryptography.fernet import InvalidToken

        if self.path is None:
            return None
        try:
            content = json.loads(self._cipher.decrypt(self.path.read_bytes()))
            return InstallationToken(str(content["token"]), float(content["expires_at"]))
        except (OSError, InvalidToken, ValueError, TypeError, KeyError):
            return None

    def write(self, grant: InstallationToken) -> None:
        """Keep a token, whole or not at all."""
        if self.path is None:
            return
        content = json.dumps({"token": grant.text, "expires_at": grant.expires_at})
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(self.path, self._cipher.encrypt(content.encode()))

    @cached_property
    def _cipher(self) -> "Fernet":
        from cryptography.fernet import Fernet  # slow, and only an App needs it
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derivation = HKDF(SHA256(), length=32, salt=None, info=b"repo_stats " + self._owner)
        key = derivation.derive(self._app.private_key.encode())
        return Fernet(base64.urlsafe_b64encode(key))


def _replace(path: Path, content: bytes) -> None:
    """Replace a file in one go; a temporary file is for its owner only from the start."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
