"""Times that this machine's clock cannot have given, clocks that are set back, and deadlines.

This module imports nothing else of the package, so that every layer may use it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

MARGIN = 60.0
"""By how many seconds the clocks of machines that share a warehouse may differ."""

NEVER = datetime.min.replace(tzinfo=timezone.utc)

_ROUNDING = 0.01
"""A clock that was set back by fewer seconds than that is not noticed."""


def is_ahead(stored: datetime | float, now: datetime | float, margin: float = MARGIN) -> bool:
    """Whether a stored time is later than now, so that a clock that was ahead has given it.

    What was stored then was never validated, as far as anybody knows, and is older than whatever
    is stored now. A margin is for questions of age, where another machine's clock may be a little
    ahead. Of two stored times, one that is later than now is never the later one: no margin.

    Args:
        stored: the stored time (UTC), or seconds since the epoch.
        now: the present, likewise.
        margin: by how many seconds the stored time may be later than now.
    """
    return _seconds(stored) > _seconds(now) + margin


def trust(stored: datetime, now: datetime) -> datetime:
    """A stored time, or `NEVER` if it is ahead of now: to order what waits by age."""
    return NEVER if is_ahead(stored, now) else stored


@dataclass(frozen=True)
class ClockWatch:
    """Notices whether the clock was set back since the watch began.

    Attributes:
        wall: the clock, in seconds since the epoch.
        steady: a clock that cannot be set, in seconds since any time.
    """

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    _least: float = field(init=False)

    def __post_init__(self) -> None:
        wall = self.wall()
        # A process may be halted between two readings: so this is at most the true distance.
        object.__setattr__(self, "_least", wall - self.steady())

    def was_set_back(self) -> bool:
        """Whether the clock has lost time against the steady one."""
        steady = self.steady()
        most = self.wall() - steady
        return most < self._least - _ROUNDING


@dataclass(frozen=True)
class Deadline:
    """When something has to have ended, by a clock that cannot be set.

    Attributes:
        at: the moment, by that clock.
        steady: the clock, in seconds since any time.
    """

    at: float
    steady: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, steady: Callable[[], float] = time.monotonic) -> "Deadline":
        """The deadline that is so many seconds from now."""
        return cls(steady() + seconds, steady)

    @property
    def left(self) -> float:
        """Seconds until then; 0 if it is over."""
        return max(0.0, self.at - self.steady())


def _seconds(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment
