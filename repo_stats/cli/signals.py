"""Ctrl-C and SIGTERM: a command ends with one sentence and leaves no process behind."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

_Result = TypeVar("_Result")

STOPPING = (signal.SIGINT, signal.SIGTERM)

_CALL = "interruptible-call"

_IMPORTERS = "<frozen importlib."
"""How the names of the files begin in which Python's own code for imports is."""

BY_SIGNAL = 128
"""A command that a signal ended has this exit code plus the signal's number, as in a shell."""

_AGAIN = 0.005
"""Seconds until a signal comes again that came at a moment at which nothing may be raised."""

_DEAF = 0.1
"""Seconds for which a call may hear no signal."""


class Interrupted(BaseException):
    """A signal asks the command to stop; like `KeyboardInterrupt`, it goes through to the door.

    Attributes:
        signal: its number.
    """

    def __init__(self, number: int, message: str = "Interrupted.") -> None:
        super().__init__(message)
        self.signal = number


def raise_on_signals() -> None:
    """From now on, both signals raise `Interrupted` in the main thread.

    They do so a moment later if Python is about to find a module or to take a lock for that. An
    exception there would leave the lock taken, and no other thread could import anything any more.
    """
    for number in STOPPING:
        signal.signal(number, _raise_interrupted)


def stop_on_signals(stop: Callable[[], None]) -> list[int]:
    """From now on, both signals call a function, for a loop in which no handler may raise.

    Returns:
        The signals that come, to be looked at afterwards.
    """
    received: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        received.append(number)
        stop()

    for number in STOPPING:
        signal.signal(number, handle)
    return received


def restore_signals() -> None:
    """From now on, both signals end the process at once and without a word."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)


def _raise_interrupted(number: int, frame: FrameType | None) -> None:
    if not _is_importing(frame):
        raise Interrupted(number)

    def come_again(_: int, later: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)  # several such signals come again as one
        if signal.getsignal(number) is _raise_interrupted:
            _raise_interrupted(number, later)
        else:  # a run has begun meanwhile, which ends in another way
            signal.raise_signal(number)

    signal.signal(signal.SIGALRM, come_again)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)


def _is_importing(frame: FrameType | None) -> bool:
    """Whether Python's own code for imports was interrupted, and not the code of a module."""
    return frame is not None and frame.f_code.co_filename.startswith(_IMPORTERS)


def call_interruptibly(function: Callable[[], _Result]) -> _Result:
    """Call a function that hears no signals, such as a query of DuckDB, from a thread.

    The thread is left behind by a signal, and ends with the process.
    """
    future: Future[_Result] = Future()

    def call() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - the caller gets it
            future.set_exception(error)

    threading.Thread(target=call, name=_CALL, daemon=True).start()
    # A signal that comes just before Python begins to wait, or to another thread, does not wake it.
    while not wait([future], _DEAF).done:
        pass
    return future.result()


def is_call_left() -> bool:
    """Whether a signal has left the thread of a call behind, which must not see Python end."""
    return any(thread.name == _CALL for thread in threading.enumerate())


class SignalWatch:
    """Notices signals while a run of Dagster has handlers of its own for them.

    Dagster ends the run and its steps, but does not say afterwards what asked it to.
    """

    def __init__(self) -> None:
        self._seen: list[int] = []
        self._reader: int | None = None

    def find(self) -> int | None:
        """The first of the two signals that was noticed, or None."""
        if self._reader is not None:
            with suppress(BlockingIOError):
                received = os.read(self._reader, 512)
                self._seen += [number for number in received if number in STOPPING]
        return self._seen[0] if self._seen else None

    @contextmanager
    def watch(self) -> Iterator["SignalWatch"]:
        """Notice signals, and hold back those that no handler of Dagster takes."""
        if threading.current_thread() is not threading.main_thread():
            yield self  # only the main thread may watch signals, and gets them
            return
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        handlers = {number: signal.signal(number, _hold_back) for number in STOPPING}
        earlier = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            yield self
        finally:
            signal.set_wakeup_fd(earlier)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            self.find()
            os.close(self._reader)
            os.close(writer)
            self._reader = None


def _hold_back(number: int, _: FrameType | None) -> None:
    """Do nothing: `SignalWatch` has noticed the signal."""
