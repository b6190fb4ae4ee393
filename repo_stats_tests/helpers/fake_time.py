"""A clock that only sleeping moves, for tests that neither time nor sleep."""

import asyncio

NOON = 1_795_435_200.0
"""2026-11-23 12:00:00 UTC, in seconds since the epoch."""


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
