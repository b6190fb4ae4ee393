"""Puts a mutant into this process: in the place of loaded functions, or of a module not yet loaded."""

import gc
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from mutation.mutants import Mutant
from mutation.selection import PACKAGE, TESTS


def swap_functions(mutant: Mutant) -> bool:
    """Give all functions made from the mutant's function its code; whether that could be done.

    It reaches what a decorator holds, and functions that were made inside of others. It cannot be
    done if the change is not in a function, or takes a variable of the function around it away.
    """
    found = _find_code(mutant.path.read_bytes(), mutant)
    changed = _find_code(mutant.content, mutant)
    if found is None or changed is None:
        return False
    swaps = dict(_pairs(found, changed))
    functions = [
        (each, swaps[each.__code__])
        for each in gc.get_objects()
        if isinstance(each, FunctionType) and each.__code__ in swaps
    ]
    if not functions or not all(_fits(old.__code__, new) for old, new in functions):
        return False
    for function, code in functions:
        function.__code__ = code
    return True


def _find_code(content: bytes, mutant: Mutant) -> CodeType | None:
    """The code of the mutant's function: nothing before its first line differs."""
    code = compile(content, str(mutant.path.resolve()), "exec", dont_inherit=True)
    for name in mutant.place.function.split("."):
        inner = [each for each in _inner(code) if each.co_name == name]
        fitting = [each for each in inner if each.co_firstlineno == mutant.place.first_line]
        if not (fitting or inner):
            return None
        code = (fitting or inner)[-1]
    return code if code.co_firstlineno == mutant.place.first_line else None


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    yield old, new
    for before, after in zip(_inner(old), _inner(new), strict=False):
        if before.co_name == after.co_name:
            yield from _pairs(before, after)


def _fits(old: CodeType, new: CodeType) -> bool:
    return old.co_flags == new.co_flags and len(old.co_freevars) == len(new.co_freevars)


def unload() -> None:
    """Forget all modules of the package and of its tests, so that they are loaded anew."""
    for name in [*sys.modules]:
        if name.partition(".")[0] in (PACKAGE, TESTS):
            del sys.modules[name]


class MutantFinder(MetaPathFinder, SourceLoader):
    """Loads one module as the mutant's text. No file is written, neither source nor byte code."""

    def __init__(self, mutant: Mutant) -> None:
        parts = [*mutant.path.parent.parts, mutant.path.stem]
        self._name = ".".join(parts).removesuffix(".__init__")
        self._path = str(mutant.path.resolve())
        self._content = mutant.content

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where to find a module: here, if it is the mutant."""
        if fullname != self._name:
            return None
        folder = [str(Path(self._path).parent)] if self._path.endswith("__init__.py") else None
        return spec_from_file_location(
            fullname, self._path, loader=self, submodule_search_locations=folder
        )

    def get_filename(self, fullname: str) -> str:
        """The file that the module is said to be from."""
        return self._path

    def get_data(self, path: str | bytes) -> bytes:
        """The text of the mutant. There is no byte code of it."""
        if path != self._path:
            raise OSError
        return self._content
