"""Puts entries into the text of a watchlist and takes them out, where YAML's marks say they are.

Whether the result says what it should is for the caller to check: a text can have shapes for which
these rules are wrong.
"""

import re
from collections.abc import Iterator, Sequence

import yaml

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""All that ends a line in YAML."""

_DASH = re.compile(r"[ ]*-[ \t]+")


def find_list(root: yaml.Node | None) -> yaml.Node | None:
    """The value of `repos` in a watchlist, if it has one."""
    settings = root.value if isinstance(root, yaml.MappingNode) else []
    found = [value for key, value in settings if key.value == "repos"]
    return found[0] if found and isinstance(found[0], yaml.Node) else None


def put_in(text: str, entries: yaml.Node | None, parts: Sequence[str]) -> str:
    """The text with an entry behind the last one.

    Args:
        text: the watchlist.
        entries: the node of its list; None if it has none.
        parts: a name, or the settings of the entry as in `org: acme`.
    """
    found = _BREAK.search(text)
    line_end = found[0] if found else "\n"
    if entries is None:
        start = text if not text or text.endswith(line_end) else f"{text}{line_end}"
        return f"{start}repos:{line_end}{_in_lines(parts, '  ', line_end)}{line_end}"
    if not isinstance(entries, yaml.SequenceNode):
        at, end = entries.start_mark.index, entries.end_mark.index
        return _put_below(text[:at] + text[end:], at, _in_lines(parts, "  ", line_end), line_end)
    if not entries.value:
        return _splice(text, entries.start_mark.index + 1, _in_brackets(parts))
    last = max(_ends(entries.value[-1]))
    if entries.flow_style:
        close = entries.end_mark.index - 1
        return _put_between_brackets(text, last, close, _in_brackets(parts), line_end)
    indent = " " * entries.start_mark.column
    return _put_below(text, last, _in_lines(parts, indent, line_end), line_end)


def cut_out(text: str, entries: yaml.CollectionNode, name: str) -> str:
    """The text without the entry of a repository; empty if that would take a comment along.

    Args:
        text: the watchlist.
        entries: the node of its list.
        name: the repository, as it is written in the list.
    """
    nodes = entries.value
    place = next(i for i, node in enumerate(nodes) if name in _values(node))
    start, end = nodes[place].start_mark.index, max(_ends(nodes[place]))
    if entries.flow_style:
        before = max(_ends(nodes[place - 1])) if place else start
        after = nodes[1].start_mark.index if place == 0 and len(nodes) > 1 else end
        return "" if "#" in text[before:after] else text[:before] + text[after:]
    breaks = [found.span() for found in _BREAK.finditer(text)]
    earlier = max((span for span in breaks if span[1] <= start), default=(0, 0))
    later = min((span for span in breaks if span[0] >= end), default=None)
    if not _DASH.fullmatch(text[earlier[1] : start]):
        return ""
    # The last line may have no end: then neither will the one before it.
    return text[: earlier[0]] if later is None else text[: earlier[1]] + text[later[1] :]


def _in_lines(parts: Sequence[str], indent: str, line_end: str) -> str:
    """An entry of a list that has a line for each; without the end of the last line."""
    return f"{indent}- " + f"{line_end}{indent}  ".join(parts)


def _in_brackets(parts: Sequence[str]) -> str:
    """An entry of a list between brackets."""
    is_name = len(parts) == 1 and ":" not in parts[0]
    return parts[0] if is_name else f"{{{', '.join(parts)}}}"


def _put_below(text: str, start: int, lines: str, line_end: str) -> str:
    """The text with lines below that of a place."""
    return _splice(text, _find_line_end(text, start), line_end + lines)


def _put_between_brackets(text: str, last: int, close: int, written: str, line_end: str) -> str:
    """The text with an entry between brackets: on the line of the last one, or below it.

    Args:
        text: the watchlist.
        last: where the last entry ends.
        close: where the closing bracket is.
        written: the entry.
        line_end: what ends a line.
    """
    end = _find_line_end(text, last)
    if close < end:
        return _splice(text, last, f", {written}")
    start = max((found.end() for found in _BREAK.finditer(text, 0, last)), default=0)
    line = text[start:end]
    indent = line[: len(line) - len(line.lstrip(" "))] or "  "
    if text[last:end].lstrip().startswith(","):
        return _put_below(text, last, f"{indent}{written},", line_end)
    return _splice(_put_below(text, last, f"{indent}{written}", line_end), last, ",")


def _splice(text: str, at: int, part: str) -> str:
    return text[:at] + part + text[at:]


def _find_line_end(text: str, start: int) -> int:
    """Where the line of a place ends, before what ends it."""
    found = _BREAK.search(text, start)
    return found.start() if found else len(text)


def _ends(node: yaml.Node) -> Iterator[int]:
    """Where the parts of an entry end: the mark of a whole block is behind later comments."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        yield node.end_mark.index
        return
    for part in node.value:
        for inner in part if isinstance(part, tuple) else (part,):
            yield from _ends(inner)


def _values(node: yaml.Node) -> list[str]:
    """The texts that may be the name of an entry's repository."""
    if isinstance(node, yaml.ScalarNode):
        return [node.value]
    return [value.value for key, value in node.value if key.value == "repo"]
