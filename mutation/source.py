"""The text of a module, and where the nodes of its syntax tree stand in it."""

import ast
from dataclasses import dataclass
from functools import cached_property

SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Constant, ast.Subscript)


@dataclass(frozen=True)
class Change:
    """A piece of a module's bytes, and what stands there instead."""

    start: int
    end: int
    text: str


class Source:
    """The text of a module; positions are those of its bytes, as in the syntax tree."""

    def __init__(self, text: str) -> None:
        self.content = text.encode()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the module."""
        return ast.parse(self.content)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.content.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def start(self, node: ast.AST) -> int:
        """Where a node begins."""
        return self._line_starts[node.lineno - 1] + int(node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Where a node ends."""
        return self._line_starts[node.end_lineno - 1] + int(node.end_col_offset)  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        """The text of an expression, in brackets where it might need them elsewhere."""
        text = self.content[self.start(node) : self.end(node)].decode()
        return text if isinstance(node, SIMPLE) else f"({text})"

    def replace(self, node: ast.AST, text: str) -> Change:
        """The change that puts a text in the place of a node."""
        return Change(self.start(node), self.end(node), text)

    def between(self, left: ast.AST, right: ast.AST, old: str, new: str) -> Change | None:
        """The change of an operator between two nodes."""
        start = self.end(left)
        found = self.content[start : self.start(right)].find(old.encode())
        if found < 0:
            return None
        return Change(start + found, start + found + len(old.encode()), new)

    def changed(self, change: Change) -> bytes:
        """The module with a change."""
        return self.content[: change.start] + change.text.encode() + self.content[change.end :]

    def lines(self, change: Change) -> tuple[int, str, str]:
        """The number of a change's first line, its lines, and what they are changed to.

        White space is made single, so that a change keeps its name when code is indented anew.
        """
        first = self.content.rfind(b"\n", 0, change.start) + 1
        last = self.content.find(b"\n", change.end)
        last = len(self.content) if last < 0 else last
        before = self.content[first:last]
        after = (
            self.content[first : change.start]
            + change.text.encode()
            + self.content[change.end : last]
        )
        number = self.content[: change.start].count(b"\n") + 1
        return number, " ".join(before.decode().split()), " ".join(after.decode().split())
