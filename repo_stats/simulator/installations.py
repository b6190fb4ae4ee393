"""Tokens of a GitHub App's installations, each valid for an hour."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import Response

from repo_stats.simulator.objects import stamp_at
from repo_stats.simulator.responses import error, json_response

LIFETIME = 3600

_PERMISSIONS = {"issues": "read", "metadata": "read", "pull_requests": "read"}


@dataclass(frozen=True)
class InstallationToken:
    """What is known of a token that was created here.

    Attributes:
        installation: the installation it belongs to.
        expires_at: when it expires, in epoch seconds.
    """

    installation: int
    expires_at: float


@dataclass
class Installations:
    """The installations of a GitHub App.

    Attributes:
        known: their numbers, or None if every number is one.
        clock: gives the time in epoch seconds.
    """

    known: frozenset[int] | None
    clock: Callable[[], float]
    _tokens: dict[str, InstallationToken] = field(default_factory=dict)

    def create_token(self, installation: int, authorization: str) -> Response:
        """The response to a request for a token, which a JSON web token authorizes."""
        if not re.fullmatch(r"(?i:bearer) [^. ]+\.[^. ]+\.[^. ]+", authorization):
            return error(401, "A JSON web token could not be decoded")
        if self.known is not None and installation not in self.known:
            return error(404, "Not Found")
        token = f"ghs_{secrets.token_hex(18)}"
        expires_at = int(self.clock()) + LIFETIME
        self._tokens[token] = InstallationToken(installation, expires_at)
        body = {
            "token": token,
            "expires_at": stamp_at(expires_at),
            "permissions": _PERMISSIONS,
            "repository_selection": "all",
        }
        return json_response(body, 201)

    def accepts(self, token: str) -> bool | None:
        """Whether a token is still valid, or None if it was not created here."""
        known = self._tokens.get(token)
        return None if known is None else self.clock() < known.expires_at

    def installation_of(self, token: str) -> int | None:
        """The installation that a token belongs to; None if it was not created here."""
        known = self._tokens.get(token)
        return None if known is None else known.installation

    def payer(self, token: str) -> str:
        """The name of the quota that a token uses; all tokens of an installation share one."""
        known = self._tokens.get(token)
        return token if known is None else f"installation {known.installation}"
