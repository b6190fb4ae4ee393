"""The mutants of a module: each is the module with one small change."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mutation.operators import KEPT_KEYWORDS, OPERATORS
from mutation.source import Change, Source

LEFT_ALONE = {"TypeVar", "ParamSpec", "NewType", "getLogger", "dataclass"}
"""Calls that stay as they are: the names of types and loggers, and how a data class is made."""


@dataclass(frozen=True)
class Place:
    """Where in a module a change is.

    Attributes:
        function: The name of the outermost function, after those of its classes; that of the class,
            or nothing, outside of functions.
        first_line: The first line of that function, with its decorators, if the change is in its
            body; else 0.
        lines: The lines of the statement, without those of the statements in it.
    """

    function: str = ""
    first_line: int = 0
    lines: range = range(0)


@dataclass(frozen=True)
class Mutant:
    """A module with one small change.

    Attributes:
        path: The module's file.
        content: Its changed text.
        place: Where the change is.
        line: The first line of the change.
        before: The lines that change, as one line with single spaces.
        after: What they change to.
    """

    path: Path
    content: bytes
    place: Place
    line: int
    before: str
    after: str


def make_mutants(path: Path) -> list[Mutant]:
    """All mutants of a module that are valid Python and differ from one another."""
    source = Source(path.read_text(encoding="utf-8"))
    seen = {ast.dump(source.tree)}
    mutants = []
    for change, place in _walk(source, source.tree, Place()):
        content = source.changed(change)
        dump = _dump(content)
        if dump is not None and dump not in seen:
            seen.add(dump)
            mutants.append(Mutant(path, content, place, *source.lines(change)))
    return mutants


def _dump(content: bytes) -> str | None:
    """The syntax tree as text; none if the module cannot be compiled."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            compile(content, "<mutant>", "exec", dont_inherit=True)
            return ast.dump(ast.parse(content))
    except (SyntaxError, ValueError):
        return None


def _walk(source: Source, node: ast.AST, place: Place) -> Iterator[tuple[Change, Place]]:
    if isinstance(node, ast.stmt | ast.ExceptHandler):
        place = replace(place, lines=_own_lines(node))
    if _stays(node):
        return
    if (operator := OPERATORS.get(type(node))) is not None:
        yield from ((change, place) for change in operator(source, node) if change is not None)
    outer = place
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        outer, place = _places_of(node, place)
    for child in _children(source, node):
        is_in_body = isinstance(child, ast.stmt)
        yield from _walk(source, child, place if is_in_body else outer)


def _places_of(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, place: Place
) -> tuple[Place, Place]:
    """The places of what stands around the body of a class or function, and of the body."""
    if place.first_line:
        return place, place
    named = replace(place, function=f"{place.function}.{node.name}".lstrip("."))
    if isinstance(node, ast.ClassDef):
        return named, named
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return named, replace(named, first_line=first)


def _own_lines(node: ast.stmt | ast.ExceptHandler) -> range:
    """The lines of a statement, without those of the statements in it."""
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return range(node.lineno, max(node.lineno + 1, first.lineno))


def _children(source: Source, node: ast.AST) -> Iterator[ast.AST]:
    """The nodes inside a node that may change."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params", "format_spec"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(node, ast.JoinedStr) and not _is_whole(source, child):
                continue
            if _is_type(node, child):
                continue
            yield child


def _is_type(node: ast.AST, child: ast.AST) -> bool:
    """Whether a node inside another one only tells the type checker a type."""
    match node:
        case ast.Call(func=ast.Name(id="cast"), args=[kind, _]):
            return child is kind
    return False


def _stays(node: ast.AST) -> bool:
    """Whether a node may not change."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in LEFT_ALONE
        case ast.keyword(arg=name):
            return name in KEPT_KEYWORDS
    return False


def _is_whole(source: Source, node: ast.AST) -> bool:
    """Whether the position of a value in a text is right: before Python 3.12 it may not be."""
    if not isinstance(node, ast.FormattedValue):
        return False
    try:
        found = ast.parse(source.text(node.value), mode="eval").body
    except (SyntaxError, ValueError):
        return False
    return ast.dump(found) == ast.dump(node.value)
