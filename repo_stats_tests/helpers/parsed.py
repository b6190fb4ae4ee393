"""The functions in source code, found without a look at each of its expressions."""

import ast
from collections.abc import Iterable, Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_HOLDING_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)


def find_functions(source: str) -> Iterator[FunctionNode]:
    """Each function of a module, those inside of classes and of other functions included."""
    return _find_among(ast.parse(source).body)


def _find_among(nodes: Iterable[ast.AST]) -> Iterator[FunctionNode]:
    for node in nodes:
        if isinstance(node, FunctionNode):
            yield node
        if isinstance(node, _HOLDING_STATEMENTS):
            for held in ("body", "orelse", "finalbody", "handlers", "cases"):
                yield from _find_among(getattr(node, held, ()))
