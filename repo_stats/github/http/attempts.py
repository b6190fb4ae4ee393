"""What became of one request so far, and when to send it again."""

import random
from collections import Counter
from dataclasses import dataclass, field

from repo_stats.github.auth.credentials import Token

QUICK_RETRIES = 2

SECOND_LOOK = 1.0
"""Seconds until a request is sent again that was refused although its token works."""

MOST_STOPS = 5
"""How many times rate limits may stop one request with one token, if they let others pass in
between: a limit of GitHub's is never about a single repository."""


def _retry_delays() -> list[float]:
    """Seconds before each quick retry, with jitter so that parallel steps do not retry together."""
    return [0.5 * 2**n * random.uniform(0.75, 1.25) for n in range(QUICK_RETRIES)]  # noqa: S311


@dataclass
class Attempts:
    """What became of a request so far.

    Attributes:
        delays: seconds before each quick retry that is left.
    """

    delays: list[float] = field(default_factory=_retry_delays)
    _refused: set[Token | None] = field(default_factory=set)
    _stops: Counter[Token | None] = field(default_factory=Counter)
    _answers: int | None = None
    _have_others_passed: bool = False

    def refuse(self, token: Token | None) -> bool:
        """Record that it was refused with a token; returns whether that is the first time."""
        is_first = token not in self._refused
        self._refused.add(token)
        return is_first

    def stop(self, token: Token | None, answers: int) -> bool:
        """Record that a rate limit stopped it; returns whether the limit is about it alone.

        Args:
            token: the token that it was sent with.
            answers: how many requests of the client were answered so far that were sent after the
                latest wait.
        """
        if self._answers is not None and answers > self._answers:
            self._have_others_passed = True
        self._answers = answers
        self._stops[token] += 1
        return self._have_others_passed and self._stops[token] >= MOST_STOPS
