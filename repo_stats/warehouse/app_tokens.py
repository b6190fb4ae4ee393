"""The tokens of a GitHub App's installations, in a warehouse that several machines share.

ETags depend on the token: if each machine had its own, GitHub would charge every page to each. What
is stored is encrypted: see `repo_stats.github.auth.token_cache`.
"""

from contextlib import suppress
from dataclasses import dataclass

from repo_stats.warehouse.files import Files, WarehouseError

FOLDER = "app_tokens"


@dataclass(frozen=True)
class StoredTokens:
    """The files of such tokens; what cannot be read or written is ignored.

    Attributes:
        files: of the warehouse.
    """

    files: Files

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if there is none, or it cannot be read."""
        with suppress(WarehouseError):
            return self.files.read(f"{FOLDER}/{name}")
        return None

    def write(self, name: str, content: bytes) -> None:
        """Replace a file, or create it."""
        with suppress(WarehouseError):
            self.files.write(f"{FOLDER}/{name}", content)
