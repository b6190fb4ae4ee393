"""Tests can fail: none is without an assertion, or has them only where there may be no result."""

import ast
from collections.abc import Iterator

import pytest

from repo_stats_tests.helpers.parsed import FunctionNode, find_functions
from repo_stats_tests.helpers.paths import ROOT

RAISING = ("raises", "warns", "fail", "validate_loadable")
"""Calls that fail a test by themselves."""

CHECKING = ("assert_", "check_", "require_")
"""What the names of functions begin with that make assertions."""

LOOPS = (ast.For, ast.AsyncFor)


def faults_of(source: str) -> list[tuple[str, str]]:
    """The tests of a module that cannot fail, and why."""
    return [
        (node.name, fault)
        for node in find_functions(source)
        if node.name.startswith("test_")
        for fault in _faults(node)
    ]


def _faults(test: FunctionNode) -> Iterator[str]:
    nodes = [*ast.walk(test)]
    found = list(filter(_asserts, nodes))
    uncertain = {
        id(inner)
        for loop in nodes
        if isinstance(loop, LOOPS) and not _is_listed(loop.iter, test)
        for inner in ast.walk(loop)
    }
    if not found:
        yield "asserts nothing"
    elif all(id(node) in uncertain for node in found):
        yield "asserts nothing if there is no result: say how many there are"
    for node in nodes:
        if isinstance(node, ast.Assert) and _is_all_of_a_call(node.test):
            yield "holds for no result as well: compare a list of all"
        if isinstance(node, ast.ExceptHandler | ast.With) and "AssertionError" in _caught(node):
            yield "catches what it asserts"


def _asserts(node: ast.AST) -> bool:
    match node:
        case ast.Assert():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in RAISING or name.startswith(CHECKING)
    return False


def _is_listed(walked: ast.expr, test: FunctionNode) -> bool:
    """Whether what a loop walks over is written down: there, or in a constant or a parameter."""
    match walked:
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
            return True
        case ast.Name(id=name):
            listed = {argument.arg for argument in test.args.args} | _written_down(test)
            return name.isupper() or name in listed
        case ast.Call(func=ast.Attribute(value=of, attr="items" | "values" | "keys"), args=[]):
            return _is_listed(of, test)
        case ast.Call(func=ast.Name(id=name), args=[first, *others]):
            if name == "range":
                return True
            kinds = ("enumerate", "sorted", "zip")
            return name in kinds and any(_is_listed(each, test) for each in (first, *others))
    return False


def _written_down(test: FunctionNode) -> set[str]:
    """The variables whose value is a list, a table or a set that is written down."""
    kinds = ast.Tuple | ast.List | ast.Set | ast.Dict
    assigned = [node for node in ast.walk(test) if isinstance(node, ast.Assign | ast.AnnAssign)]
    return {
        target.id
        for node in assigned
        if isinstance(node.value, kinds)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _is_all_of_a_call(tested: ast.expr) -> bool:
    """Whether it is `all` over what a function, which may give nothing, has given."""
    match tested:
        case ast.Call(func=ast.Name(id="all"), args=[ast.GeneratorExp(generators=[first, *_])]):
            called = first.iter
        case ast.Call(func=ast.Name(id="all"), args=[called]):
            pass
        case _:
            return False
    match called:
        case ast.Call(func=ast.Name(id="pairwise" | "range")):
            return False
    return isinstance(called, ast.Call)


def _caught(node: ast.ExceptHandler | ast.With) -> str:
    caught = [node.type] if isinstance(node, ast.ExceptHandler) else node.items
    return " ".join(ast.unparse(each) for each in caught if each is not None)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("work()", ["asserts nothing"]),
        ("assert work() == 1", []),
        ("with pytest.raises(ValueError): work()", []),
        ("posts.assert_called_once()", []),
        ("for n in work(): assert n == 1", ["asserts nothing if there is no result"]),
        ("for n in found: assert n == 1", ["asserts nothing if there is no result"]),
        ("for n in found.items(): assert n == 1", ["asserts nothing if there is no result"]),
        ("assert len(found) == 2\n  for n in found: assert n == 1", []),
        ("for n in (1, 2): assert work(n) == 1", []),
        ("for n in cases: assert work(n) == 1", []),
        ("found = {1: 2}\n  for n in found.values(): assert work(n) == 1", []),
        ("for n in CASES: assert work(n) == 1", []),
        ("for n, m in zip(CASES, work(), strict=True): assert m == n", []),
        ("assert all(n == 1 for n in work())", ["holds for no result as well"]),
        ("assert all(work().values())", ["holds for no result as well"]),
        ("assert [n for n in work() if n != 1] == []", []),
        ("try: assert work() == 1\n  except AssertionError: pass", ["catches what it asserts"]),
        ("with suppress(AssertionError): assert work() == 1", ["catches what it asserts"]),
    ],
)
def test_a_test_that_cannot_fail_is_found(body: str, faults: list[str]) -> None:
    found = faults_of(f"def test_it(cases):\n  {body}\n")
    assert [(name, fault.partition(":")[0]) for name, fault in found] == [
        ("test_it", fault) for fault in faults
    ]


def test_every_test_can_fail() -> None:
    tests = sorted((ROOT / "repo_stats_tests").rglob("test_*.py"))
    assert len(tests) > 200
    found = [
        (str(path.relative_to(ROOT)), *fault)
        for path in tests
        for fault in faults_of(path.read_text(encoding="utf-8"))
    ]
    assert found == []
