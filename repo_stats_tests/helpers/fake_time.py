"""Clocks that only sleeping moves, for tests that neither time nor sleep."""

import asyncio

NOON = 1_795_435_200.0
"""2026-11-23 12:00:00 UTC, in seconds since the epoch."""


class FakeTime:
    """A clock that each sleep moves on, also one of several at once."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class SharedTime:
    """A clock that moves on when all who sleep have begun to, to the end of the first of them."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []
        self._ends: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        end = self.now + seconds
        self._ends.append(end)
        while True:
            was_first = end == min(self._ends)
            for _ in range(20):
                await asyncio.sleep(0)
            if was_first and end == min(self._ends):
                break
        self._ends.remove(end)
        self.now = max(self.now, end)
