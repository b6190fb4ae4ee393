"""The watchlist: its format, and what a valid repository name looks like.

This module only parses. `repo_stats.config.settings` decides where the list comes from.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import yaml

from repo_stats.config.errors import WatchlistError, quote, shorten

_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")

_NULL, _BOOL = "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"
"""How YAML calls the types of a value that is left out, and of a truth value."""

MOST_BYTES = 4 << 20
"""The size of the largest watchlist that is read: it has room for 100,000 repositories."""


@dataclass(frozen=True)
class Watchlist:
    """The repositories to keep statistics of.

    Attributes:
        repos: the `owner/name` of each, in the order of the list.
        history: those of `repos` marked with `history: true`, of which all items are kept.
    """

    repos: tuple[str, ...]
    history: tuple[str, ...] = ()


def mark_history(watchlist: Watchlist, names: str, source: str) -> Watchlist:
    """Mark more repositories of a watchlist as those of which all items are kept.

    Args:
        watchlist: the watchlist.
        names: the comma-separated names of the repositories to mark.
        source: where the names were read from; the error begins with it.

    Raises:
        WatchlistError: a name is malformed, listed twice, or not in the watchlist.
    """
    known = {repo.lower() for repo in watchlist.repos}
    marked = {repo.lower() for repo in watchlist.history}
    for name in parse_names(names, source):
        if name.lower() not in known:
            _refuse(f"{source}: {quote(name)} is not in the watchlist; add it there first.")
        marked.add(name.lower())
    history = tuple(repo for repo in watchlist.repos if repo.lower() in marked)
    return Watchlist(watchlist.repos, history)


def check_repository_name(text: str, where: str) -> str:
    """Return a repository's `owner/name` if it is valid.

    GitHub allows letters, digits and hyphens in an owner, and an underscore for managed users. A
    name may also have dots and underscores. Two dots in a row are refused, because they would mean
    a parent folder in the warehouse and a range in a partition key.

    Args:
        text: the `owner/name` to check.
        where: where it was read from; the error begins with it.

    Raises:
        WatchlistError: the text is not a repository name.
    """
    owner, _, name = text.partition("/")
    if "://" in text or text.lower().startswith(("github.com/", "git@")):
        raise WatchlistError(
            f"{where}: {quote(text)} is an address; write only the owner/name at its end."
        )
    valid = (
        _OWNER.fullmatch(owner)
        and _NAME.fullmatch(name)
        and name != "."
        and ".." not in name
        and not name.lower().endswith(".git")
    )
    if not valid:
        raise WatchlistError(
            f"{where}: {quote(text)} is not a repository name; write owner/name, for example "
            "PrefectHQ/prefect."
        )
    return text


def parse_names(text: str, source: str) -> tuple[str, ...]:
    """Read a comma-separated list of `owner/name`.

    Raises:
        WatchlistError: a name is malformed or listed twice, or no name is listed.
    """
    names = [name for part in text.split(",") if (name := part.strip())]
    if not names:
        _refuse(f"{source}: no repository is listed; write at least one owner/name.")
    return _check_names((name, source) for name in names)


@lru_cache(maxsize=1)  # a process reads its watchlist several times
def parse_watchlist(text: str, source: str) -> Watchlist:
    """Read a YAML watchlist, `repos: [owner/name, ...]`.

    An entry may also be `{repo: owner/name, history: true}`.

    Raises:
        WatchlistError: the text is not YAML of that shape, a name is malformed or listed twice,
            or no name is listed; the message says the line and quotes the text.
    """
    entries = [_parse_entry(node, source) for node in _find_entries(text, source)]
    names = _check_names((name.value, f"{source}, {_line(name)}") for name, _ in entries)
    return Watchlist(names, tuple(name.value for name, has_history in entries if has_history))


def _find_entries(text: str, source: str) -> list[yaml.Node]:
    """The entries of the list under `repos:`, of which there is at least one."""
    root = _compose(text, source)
    if root is None:
        _refuse(f"{source}: the watchlist is empty; write a list of owner/name under `repos:`.")
    if not isinstance(root, yaml.MappingNode):
        _refuse(f"{source}, {_line(root)}: {_text(root)} stands where `repos:` should.")
    repos: yaml.Node | None = None
    for key, value in root.value:
        if key.value != "repos":
            _refuse(f"{source}, {_line(key)}: {_text(key)} is not a setting of a watchlist.")
        if repos is not None:
            _refuse(f"{source}, {_line(key)}: `repos` is listed a second time.")
        repos = value
    if isinstance(repos, yaml.ScalarNode | yaml.MappingNode) and repos.tag != _NULL:
        _refuse(f"{source}, {_line(repos)}: {_text(repos)} stands where a list should.")
    if not isinstance(repos, yaml.SequenceNode) or not repos.value:
        _refuse(f"{source}: the watchlist is empty; write a list of owner/name under `repos:`.")
    entries: list[yaml.Node] = repos.value
    return entries


def _compose(text: str, source: str) -> yaml.Node | None:
    """The YAML nodes of a text; None if it is empty."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        _refuse(f"{source}, line {line}: this is not valid YAML: {shorten(str(error.problem))}.")
    except RecursionError:
        _refuse(f"{source}: this is nested too deeply; write a list of owner/name under `repos:`.")
    except yaml.YAMLError as error:
        _refuse(f"{source}: this is not valid YAML: {shorten(str(error).splitlines()[0])}.")


def _parse_entry(node: yaml.Node, source: str) -> tuple[yaml.ScalarNode, bool]:
    """The name in an entry, and whether it is marked with `history: true`."""
    if isinstance(node, yaml.ScalarNode):
        return node, False
    if not isinstance(node, yaml.MappingNode):
        _refuse(f"{source}, {_line(node)}: {_text(node)} is not a repository name.")
    settings: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if key.value not in ("repo", "history"):
            _refuse(f"{source}, {_line(key)}: {_text(key)} is not a setting of a repository.")
        if key.value in settings:
            _refuse(f"{source}, {_line(key)}: `{key.value}` is given a second time.")
        settings[key.value] = value
    name, history = settings.get("repo"), settings.get("history")
    if name is None:
        _refuse(f"{source}, {_line(node)}: {_text(node)} has no `repo:`; write its owner/name.")
    if not isinstance(name, yaml.ScalarNode):
        _refuse(f"{source}, {_line(name)}: {_text(name)} is not a repository name.")
    if history is None:
        return name, False
    is_bool = isinstance(history, yaml.ScalarNode) and history.tag == _BOOL
    has_history = yaml.SafeLoader.bool_values.get(history.value.lower()) if is_bool else None
    if has_history is None:
        _refuse(f"{source}, {_line(history)}: `history` is {_text(history)}; write true or false.")
    return name, has_history


def read_watchlist(path: Path) -> Watchlist:
    """Read a watchlist file.

    Raises:
        WatchlistError: the file cannot be read, or its content is malformed.
    """
    source = shorten(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)  # not more: it may be any file, or a device
        if len(content) > MOST_BYTES:
            _refuse(f"{source}: this is larger than {MOST_BYTES >> 20} MiB, and no watchlist.")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse(f"{source}: the watchlist is not UTF-8 text.")
    except OSError as error:
        _refuse(f"{source}: the watchlist cannot be read ({error.strerror}).")
    return parse_watchlist(text, source)


def _check_names(names: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Check names, each with where it was read from, and that none is listed twice."""
    seen: dict[str, str] = {}
    for text, where in names:
        name = check_repository_name(text, where)
        earlier = seen.setdefault(name.lower(), name)
        if earlier is not name:
            raise WatchlistError(f"{where}: {quote(name)} is listed twice.")
    return tuple(seen.values())


def _line(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}"


def _text(node: yaml.Node) -> str:
    """A node as an error shows it: the value of a scalar, or else as it is written."""
    if isinstance(node, yaml.ScalarNode):
        return quote(node.value)
    start, end = node.start_mark, node.end_mark
    return quote((start.buffer or "")[start.pointer : end.pointer].strip())


def _refuse(sentence: str) -> NoReturn:
    raise WatchlistError(sentence) from None
