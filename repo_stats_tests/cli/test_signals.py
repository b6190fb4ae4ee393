"""Signals that come at moments at which they could do harm, or go unheard."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_stats.cli.signals import (
    STOPPING,
    Interrupted,
    call_interruptibly,
    raise_on_signals,
)
from repo_stats_tests.helpers.commands import load_in_a_fresh_process

INTERRUPTED_IMPORT = """
import _imp
import signal
import sys
from repo_stats.cli.signals import Interrupted, SignalWatch, raise_on_signals

raise_on_signals()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
points = 0

def interrupt(frame, event, argument):
    global points
    if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
        frame.f_trace_opcodes = True
        if event == "opcode":
            points += 1
            signal.getsignal(signal.SIGTERM)(signal.SIGTERM, frame)
    return interrupt

sys.settrace(interrupt)
import colorsys
sys.settrace(None)
assert points > 100
assert not _imp.lock_held()
"""
"""Each point of an import at which a signal can come, and what is so when the import is over."""

COMES_AGAIN = """
try:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.pause()
except Interrupted as interruption:
    print(interruption.signal)
"""

COMES_AGAIN_IN_A_RUN = """
with SignalWatch().watch() as signals:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    while signals.find() is None:
        pass
print(signals.find())
"""


@pytest.mark.parametrize("later", [COMES_AGAIN, COMES_AGAIN_IN_A_RUN])
def test_a_signal_at_any_point_of_an_import_comes_again_and_leaves_no_lock_to_other_threads(
    tmp_path: Path, later: str
) -> None:
    printed = load_in_a_fresh_process(INTERRUPTED_IMPORT + later, tmp_path)
    assert printed == f"{signal.SIGTERM:d}\n"


@pytest.fixture
def _handled() -> Iterator[None]:
    handlers = [(number, signal.getsignal(number)) for number in STOPPING]
    raise_on_signals()
    yield
    for number, handler in handlers:
        signal.signal(number, handler)


@pytest.mark.usefixtures("_handled")
def test_a_signal_that_wakes_no_waiting_thread_ends_a_query_all_the_same() -> None:
    released, waited_in_vain = threading.Event(), threading.Event()

    def query() -> None:
        signal.raise_signal(signal.SIGTERM)  # to this thread, and not to the one that waits
        if not released.wait(20):
            waited_in_vain.set()

    with pytest.raises(Interrupted) as interruption:
        call_interruptibly(query)
    released.set()
    assert interruption.value.signal == signal.SIGTERM
    assert not waited_in_vain.is_set()
