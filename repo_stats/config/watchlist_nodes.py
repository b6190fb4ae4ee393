"""Reads single YAML nodes of a watchlist; every refusal has the line, and quotes the text."""

import re
from collections.abc import Sequence
from typing import NoReturn

import yaml

from repo_stats.config.errors import WatchlistError, quote, shorten

_NULL, _BOOL, _INT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int"))
"""How YAML calls the types of a value that is left out, of a truth value, and of a number."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
"""No sign, and no leading zero: YAML reads `010` as eight."""


_QUICK_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, where PyYAML has it: it takes an eighth of the time."""


def compose(text: str, source: str, *, is_quick: bool = False) -> yaml.Node | None:
    """The YAML nodes of a text; None if it is empty.

    Args:
        text: the text.
        source: the file, which an error begins with.
        is_quick: use the quicker parser, whose nodes do not know how they are written.

    Raises:
        WatchlistError: the text is not YAML.
    """
    try:
        return yaml.compose(text, Loader=_QUICK_LOADER if is_quick else yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        refuse(f"{source}, line {line}: this is not valid YAML: {shorten(str(error.problem))}.")
    except RecursionError:
        refuse(f"{source}: this is nested too deeply; write a list of owner/name under `repos:`.")
    except yaml.YAMLError as error:
        refuse(f"{source}: this is not valid YAML: {shorten(str(error).splitlines()[0])}.")


def is_null(node: yaml.Node) -> bool:
    """Whether a value is left out."""
    return bool(node.tag == _NULL)


def read_settings(
    node: yaml.MappingNode, known: Sequence[str], source: str, what: str
) -> dict[str, yaml.Node]:
    """The values in a mapping by their names.

    Args:
        node: the mapping.
        known: the names that it may have.
        source: the file, which an error begins with.
        what: what it is a mapping of, for an error.

    Raises:
        WatchlistError: it has another name, or one twice.
    """
    settings: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if key.value not in known:
            refuse(f"{where(key, source)}: {show(key)} is not a setting of {what}.")
        if key.value in settings:
            refuse(f"{where(key, source)}: `{key.value}` is given a second time.")
        settings[key.value] = value
    return settings


def read_flag(node: yaml.Node, source: str, key: str) -> bool:
    """The truth value of a setting.

    Raises:
        WatchlistError: it has no such value.
    """
    is_bool = isinstance(node, yaml.ScalarNode) and node.tag == _BOOL
    flag = yaml.SafeLoader.bool_values.get(node.value.lower()) if is_bool else None
    if flag is None:
        refuse(f"{where(node, source)}: `{key}` is {show(node)}; write true or false.")
    return flag


def read_number(node: yaml.Node, source: str, key: str) -> int:
    """The whole number of a setting, not below 0.

    Raises:
        WatchlistError: it has no such value.
    """
    is_int = isinstance(node, yaml.ScalarNode) and node.tag == _INT
    if not is_int or not _NUMBER.fullmatch(node.value):
        refuse(
            f"{where(node, source)}: `{key}` is {show(node)}; write a whole number from 0 to "
            "999999999."
        )
    return int(node.value)


def read_word(node: yaml.Node, source: str, key: str, words: Sequence[str]) -> str:
    """The value of a setting that is one of some words.

    Raises:
        WatchlistError: it is none of them.
    """
    if not isinstance(node, yaml.ScalarNode) or node.value not in words:
        choice = f"{', '.join(words[:-1])} or {words[-1]}"
        refuse(f"{where(node, source)}: `{key}` is {show(node)}; write {choice}.")
    return str(node.value)


def read_list(node: yaml.Node, source: str, key: str) -> list[yaml.ScalarNode]:
    """The texts in the list of a setting, of which there is at least one.

    Raises:
        WatchlistError: it has no list of texts.
    """
    parts = node.value if isinstance(node, yaml.SequenceNode) else ()
    if not parts:
        refuse(
            f"{where(node, source)}: `{key}` is {show(node)}; write a list in brackets, or leave "
            "it out."
        )
    for part in parts:
        if not isinstance(part, yaml.ScalarNode):
            refuse(f"{where(part, source)}: {show(part)} stands in `{key}` where a text should.")
    return list(parts)


def where(node: yaml.Node, source: str) -> str:
    """The file and line of a node."""
    return f"{source}, line {node.start_mark.line + 1}"


def show(node: yaml.Node) -> str:
    """A node as an error shows it: the value of a scalar, or else as it is written."""
    if isinstance(node, yaml.ScalarNode):
        return quote(node.value)
    start, end = node.start_mark, node.end_mark
    return quote((start.buffer or "")[start.pointer : end.pointer].strip())


def refuse(sentence: str) -> NoReturn:
    """Refuse the watchlist.

    Raises:
        WatchlistError: always, with the sentence.
    """
    raise WatchlistError(sentence) from None
