"""What became of one request so far, and when to send it again."""

import random
from dataclasses import dataclass, field

from repo_stats.github.auth.credentials import Token

QUICK_RETRIES = 2

SECOND_LOOK = 1.0
"""Seconds until a request is sent again that was refused although its token works."""


def _retry_delays() -> list[float]:
    """Seconds before each quick retry, with jitter so that parallel steps do not retry together."""
    return [0.5 * 2**n * random.uniform(0.75, 1.25) for n in range(QUICK_RETRIES)]  # noqa: S311


@dataclass
class Attempts:
    """What became of a request so far.

    Attributes:
        delays: seconds before each quick retry that is left.
        waits: how often it has waited for a rate limit.
    """

    delays: list[float] = field(default_factory=_retry_delays)
    waits: int = 0
    _refused: set[Token | None] = field(default_factory=set)

    def refuse(self, token: Token | None) -> bool:
        """Record that it was refused with a token; returns whether that is the first time."""
        is_first = token not in self._refused
        self._refused.add(token)
        return is_first
