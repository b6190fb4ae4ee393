"""The small changes that are tried: what may stand in the place of a node."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from mutation.source import Change, Source

COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}

ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}

OPPOSITES = {
    "min": "max",
    "any": "all",
    "head": "tail",
    "first": "last",
    "ceil": "floor",
    "idxmin": "idxmax",
    "lower": "upper",
    "startswith": "endswith",
    "lstrip": "rstrip",
    "removeprefix": "removesuffix",
    "partition": "rpartition",
    "append": "appendleft",
    "popleft": "pop",
    "cummin": "cummax",
    "median": "mean",
    "find": "rfind",
}
OPPOSITES |= {opposite: name for name, opposite in OPPOSITES.items()}

KEPT_KEYWORDS = {"encoding", "strict", "stacklevel"}
"""Keyword arguments that stay as they are: on one machine no test can tell what they are for."""

TEXTS = (ast.JoinedStr, ast.List, ast.ListComp)


def change_compare(source: Source, node: ast.Compare) -> Iterator[Change | None]:
    """Move a bound by one, or turn a comparison round."""
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        yield source.between(left, right, *COMPARISONS[type(operator)])


def change_bool_op(source: Source, node: ast.BoolOp) -> Iterator[Change | None]:
    """Leave out each of the conditions that are joined."""
    word = " and " if isinstance(node.op, ast.And) else " or "
    for left_out in range(len(node.values)):
        kept = [source.text(value) for i, value in enumerate(node.values) if i != left_out]
        yield source.replace(node, word.join(kept))


def change_bin_op(source: Source, node: ast.BinOp) -> Iterator[Change | None]:
    """Take another operator, but not where a text or a list is joined, which would only raise."""
    if any(_is_text(side) for side in (node.left, node.right)):
        return
    if type(node.op) in ARITHMETIC:
        yield source.between(node.left, node.right, *ARITHMETIC[type(node.op)])


def change_aug_assign(source: Source, node: ast.AugAssign) -> Iterator[Change | None]:
    """Assign in place of adding; take another operator."""
    if type(node.op) in ARITHMETIC:
        old, new = ARITHMETIC[type(node.op)]
        yield source.between(node.target, node.value, f"{old}=", "=")
        if not _is_text(node.value):
            yield source.between(node.target, node.value, f"{old}=", f"{new}=")


def change_unary_op(source: Source, node: ast.UnaryOp) -> Iterator[Change | None]:
    """Leave out a `not` or a minus."""
    if isinstance(node.op, ast.Not) or not isinstance(node.operand, ast.Constant):
        yield source.replace(node, source.text(node.operand))


def change_constant(source: Source, node: ast.Constant) -> Iterator[Change | None]:
    """Take the next number (of a share its half), the other truth value, another text."""
    if isinstance(node.value, bool):
        yield source.replace(node, str(not node.value))
    elif isinstance(node.value, int | float):
        is_share = 0 < node.value < 1
        yield source.replace(node, repr(node.value / 2 if is_share else node.value + 1))
    elif isinstance(node.value, str | bytes):
        prefix = "b" if isinstance(node.value, bytes) else ""
        yield source.replace(node, f'{prefix}"XX"')


def change_joined_str(source: Source, node: ast.JoinedStr) -> Iterator[Change | None]:
    """Take another text in place of one with values in it."""
    yield source.replace(node, '"XX"')


def change_condition(
    source: Source, node: ast.If | ast.IfExp | ast.While
) -> Iterator[Change | None]:
    """Take each branch always. A loop is only left out: without an end it would not tell more."""
    if not isinstance(node.test, ast.Constant):
        yield source.replace(node.test, "False")
        if not isinstance(node, ast.While):
            yield source.replace(node.test, "True")


def change_loop(source: Source, node: ast.For | ast.comprehension) -> Iterator[Change | None]:
    """Walk over nothing; take what a condition leaves out."""
    if isinstance(node, ast.For) or not node.is_async:
        yield source.replace(node.iter, "()")
    for condition in node.ifs if isinstance(node, ast.comprehension) else ():
        yield source.replace(condition, "True")


def change_return(source: Source, node: ast.Return) -> Iterator[Change | None]:
    """Return nothing."""
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield source.replace(node.value, "None")
        if isinstance(node.value, ast.Compare | ast.BoolOp):
            yield source.replace(node.value, "True")


def change_statement(source: Source, node: ast.stmt) -> Iterator[Change | None]:
    """Leave out a statement that only has effects."""
    if isinstance(node, ast.Assign):
        if not all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            return
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield source.replace(node, "pass")


def change_jump(source: Source, node: ast.Break | ast.Continue) -> Iterator[Change | None]:
    """Go on where a loop ends, and the other way round."""
    yield source.replace(node, "continue" if isinstance(node, ast.Break) else "break")


def change_with(source: Source, node: ast.With | ast.AsyncWith) -> Iterator[Change | None]:
    """Run a block without its lock, or whatever else surrounds it."""
    if all(item.optional_vars is None for item in node.items):
        start = source.end(node.items[-1].context_expr)
        colon = source.content.find(b":", start)
        yield Change(source.start(node), colon, "if True")


def change_handler(source: Source, node: ast.ExceptHandler) -> Iterator[Change | None]:
    """Catch nothing; or one kind of error less."""
    if node.type is not None:
        yield source.replace(node.type, "()")
    if isinstance(node.type, ast.Tuple) and len(node.type.elts) > 1:
        for left_out in node.type.elts:
            kept = [source.text(kind) for kind in node.type.elts if kind is not left_out]
            yield source.replace(node.type, f"({', '.join(kept)},)")


def change_call(source: Source, node: ast.Call) -> Iterator[Change | None]:
    """Call the opposite; leave out each keyword argument."""
    name = node.func
    if isinstance(name, ast.Name) and name.id in OPPOSITES:
        yield source.replace(name, OPPOSITES[name.id])
    if isinstance(name, ast.Attribute) and name.attr in OPPOSITES:
        end = source.end(name)
        yield Change(end - len(name.attr.encode()), end, OPPOSITES[name.attr])
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in KEPT_KEYWORDS:
            after = source.content[source.end(keyword) : source.end(node)]
            comma = len(after) - len(after.lstrip()[1:]) if after.lstrip()[:1] == b"," else 0
            yield Change(source.start(keyword), source.end(keyword) + comma, "")


def change_slice(source: Source, node: ast.Slice) -> Iterator[Change | None]:
    """Leave out each bound of a slice."""
    for bound in (node.lower, node.upper):
        if bound is not None:
            yield source.replace(bound, "")


def change_lambda(source: Source, node: ast.Lambda) -> Iterator[Change | None]:
    """Give nothing."""
    if not isinstance(node.body, ast.Constant):
        yield source.replace(node.body, "None")


def _is_text(node: ast.expr) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return is_text or isinstance(node, TEXTS)


Operator = Callable[[Source, Any], Iterator[Change | None]]

OPERATORS: dict[type[ast.AST], Operator] = {
    ast.Compare: change_compare,
    ast.BoolOp: change_bool_op,
    ast.BinOp: change_bin_op,
    ast.UnaryOp: change_unary_op,
    ast.Constant: change_constant,
    ast.JoinedStr: change_joined_str,
    ast.If: change_condition,
    ast.IfExp: change_condition,
    ast.While: change_condition,
    ast.For: change_loop,
    ast.comprehension: change_loop,
    ast.Return: change_return,
    ast.Expr: change_statement,
    ast.Raise: change_statement,
    ast.Delete: change_statement,
    ast.Assign: change_statement,
    ast.AugAssign: change_aug_assign,
    ast.Break: change_jump,
    ast.Continue: change_jump,
    ast.With: change_with,
    ast.AsyncWith: change_with,
    ast.ExceptHandler: change_handler,
    ast.Call: change_call,
    ast.Slice: change_slice,
    ast.Lambda: change_lambda,
}
