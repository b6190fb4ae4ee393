"""Which lines of the changed modules run, and when."""

import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

Line = tuple[str, int]


class LineTracer:
    """Notes the lines of some files that run in any thread of this process.

    Tests are told apart, and what runs while modules are loaded.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._names = {str(path.resolve()): str(path) for path in paths}
        self._lines: set[Line] = set()

    def start(self) -> None:
        """Note lines from now on."""
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> None:
        """Note no more lines."""
        sys.settrace(None)
        threading.settrace(None)

    def take(self) -> set[Line]:
        """The lines that ran since this was last asked."""
        lines, self._lines = self._lines, set()
        return lines

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        name = self._names.get(frame.f_code.co_filename)
        if name is None:
            return None

        def note(frame: FrameType, event: str, _argument: Any) -> Any:
            if event == "line":
                self._lines.add((name, frame.f_lineno))
            return note

        return note
