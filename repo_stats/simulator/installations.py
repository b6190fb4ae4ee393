"""Tokens of a GitHub App's installations: given out for an hour, and refused after it."""

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
class Grant:
    """A token given out.

    Attributes:
        installation: whose it is.
        expires_at: when it is refused, in epoch seconds.
    """

    installation: int
    expires_at: float


@dataclass
class Installations:
    """The installations of a GitHub App.

    Attributes:
        known: their numbers, or None for any.
        clock: gives the time in epoch seconds.
    """

    known: frozenset[int] | None
    clock: Callable[[], float]
    _grants: dict[str, Grant] = field(default_factory=dict)

    def grant(self, installation: int, authorization: str) -> Response:
        """The answer to a request for a token, which a JSON web token authorizes."""
        if not re.fullmatch(r"(?i:bearer) [^. ]+\.[^. ]+\.[^. ]+", authorization):
            return error(401, "A JSON web token could not be decoded")
        if self.known is not None and installation not in self.known:
            return error(404, "Not Found")
        token = f"ghs_{secrets.token_hex(18)}"
        expires_at = int(self.clock()) + LIFETIME
        self._grants[token] = Grant(installation, expires_at)
        body = {
            "token": token,
            "expires_at": stamp_at(expires_at),
            "permissions": _PERMISSIONS,
            "repository_selection": "all",
        }
        return json_response(body, 201)

    def accepts(self, token: str) -> bool | None:
        """Whether a token is good still, or None if it was not given out here."""
        grant = self._grants.get(token)
        return None if grant is None else self.clock() < grant.expires_at

    def payer(self, token: str) -> str:
        """Whose quota a token uses: those of one installation share one."""
        grant = self._grants.get(token)
        return token if grant is None else f"installation {grant.installation}"
