"""Puts a mutant into this process: into loaded functions, or by loading its module anew."""

import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from mutation.mutants import Mutant
from mutation.selection import PACKAGE, TESTS


class Functions:
    """The functions of some modules that are loaded, also those that decorators hold."""

    def __init__(self, paths: Iterable[Path]) -> None:
        files = {str(path.resolve()) for path in paths}
        self._by_code: dict[CodeType, list[FunctionType]] = {}
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename in files:
                self._by_code.setdefault(each.__code__, []).append(each)

    def swap(self, mutant: Mutant) -> bool:
        """Give all functions made from the mutant's function its code; whether that could be done.

        It cannot be done if none is loaded, or if one no longer needs a variable of the function
        around it.
        """
        found = _find_code(mutant.path.read_bytes(), mutant)
        changed = _find_code(mutant.content, mutant)
        if found is None or changed is None:
            return False
        swaps = [
            (function, new)
            for old, new in _pairs(found, changed)
            for function in self._by_code.get(old, ())
            if function.__code__.co_filename == old.co_filename
        ]
        if not swaps or not all(_fits(function.__code__, new) for function, new in swaps):
            return False
        for function, new in swaps:
            function.__code__ = new
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


class MutantFinder(MetaPathFinder, SourceLoader):  # type: ignore[misc] # as in typeshed
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
