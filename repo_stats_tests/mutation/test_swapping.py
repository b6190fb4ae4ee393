"""A mutant takes the place of what is loaded, wherever decorators keep it."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mutation.mutants import Mutant, make_mutants
from mutation.swapping import Functions, MutantFinder

MODULE = """
from contextlib import contextmanager
from functools import cache

RATE = 1

def plain(): return 10

def numbers():
    yield 20

@contextmanager
def context():
    yield 30

@cache
def kept():
    return 40

def wrapped():
    def made(): return 50
    return made

made = wrapped()

class Shop:
    @property
    def price(self): return 60

    @classmethod
    def name(cls): return 70

class Corner(Shop):
    def __init__(self):
        super().__init__()
        self.door = 80
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("shop_of_test.py").write_text(MODULE, encoding="utf-8")
    yield importlib.import_module("shop_of_test")
    sys.modules.pop("shop_of_test")


def mutant_with(after: str) -> Mutant:
    [mutant] = [each for each in make_mutants(Path("shop_of_test.py")) if each.after == after]
    return mutant


def enter(module: ModuleType) -> int:
    with module.context() as number:
        return int(number)


@pytest.mark.parametrize(
    ("after", "call", "number"),
    [
        ("def plain(): return 11", lambda module: module.plain(), 11),
        ("yield 21", lambda module: next(module.numbers()), 21),
        ("yield 31", enter, 31),
        ("return 41", lambda module: module.kept(), 41),
        ("def made(): return 51", lambda module: module.made(), 51),
        ("def price(self): return 61", lambda module: module.Shop().price, 61),
        ("def name(cls): return 71", lambda module: module.Shop.name(), 71),
        ("self.door = 81", lambda module: module.Corner().door, 81),
    ],
)
def test_a_loaded_function_runs_as_the_mutant(
    module: ModuleType, after: str, call: Callable[[ModuleType], Any], number: int
) -> None:
    assert Functions([Path("shop_of_test.py")]).swap(mutant_with(after))
    assert call(module) == number


@pytest.mark.usefixtures("module")
def test_a_function_that_needs_other_variables_or_a_constant_is_loaded_anew() -> None:
    functions = Functions([Path("shop_of_test.py")])
    constructor = [
        mutant
        for mutant in make_mutants(Path("shop_of_test.py"))
        if mutant.before == "super().__init__()"
    ]
    assert [functions.swap(mutant) for mutant in constructor] == [False]
    assert not functions.swap(mutant_with("RATE = 2"))


@pytest.mark.usefixtures("module")
def test_a_module_is_loaded_as_the_mutant_and_its_file_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finder = MutantFinder(mutant_with("RATE = 2"))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    del sys.modules["shop_of_test"]
    assert importlib.import_module("shop_of_test").RATE == 2
    assert Path("shop_of_test.py").read_text(encoding="utf-8") == MODULE
