"""Counting the rounds of requests that follow each other, without any waiting."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

import httpx
from starlette.types import ASGIApp


class _NoWaiting(selectors.DefaultSelector):
    """Lets the time of a loop pass at once when nothing else is left to do."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("All wait, and nothing will ever happen.")
        self.now += timeout
        return super().select(0)


class RoundsLoop(asyncio.SelectorEventLoop):
    """A loop whose clock only sleeping moves. What other threads should do, it does itself."""

    def __init__(self) -> None:
        self._clock = _NoWaiting()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, work: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        future = self.create_future()
        try:
            future.set_result(work(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits the future handles it
            future.set_exception(error)
        return future


class SlowTransport(httpx.ASGITransport):
    """Answers each request after one second of the loop's clock."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return await super().handle_async_request(request)


def count_rounds(work: Callable[[], Awaitable[object]]) -> int:
    """How many rounds of requests some work takes that uses a `SlowTransport`."""

    async def run() -> float:
        await work()
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=RoundsLoop) as runner:
        return round(runner.run(run()))
