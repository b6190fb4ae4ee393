"""The watchlist: its format, and how it is read from a file or a list of names.

This module only parses. `repo_stats.config.settings` decides where the list comes from.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from repo_stats.config.bots import check_bot
from repo_stats.config.errors import WatchlistError, quote, shorten
from repo_stats.config.list_sources import ListSource, find_kind, parse_source, refuse_repeated
from repo_stats.config.marks import MARKS, Mark
from repo_stats.config.repository_names import check_repository_name
from repo_stats.config.watchlist_nodes import (
    compose,
    is_null,
    read_flag,
    read_list,
    read_settings,
    refuse,
    show,
    where,
)

MOST_BYTES = 4 << 20
"""The size of the largest watchlist that is read: it has room for 100,000 repositories."""


@dataclass(frozen=True)
class Watchlist:
    """The repositories to keep statistics of.

    Attributes:
        repos: the `owner/name` of each that is written out, in the order of the list.
        history: those marked with `history: true`, of which all items are kept: some of `repos`,
            and with `sources` any name that a list may bring in.
        sources: the entries that stand for lists of GitHub's, in the order of the list.
        traffic: those marked with `traffic: true`, likewise.
        downloads: those marked with `downloads: true`, likewise.
        bots: logins and patterns of bots whose accounts are those of plain users, in lower case.
    """

    repos: tuple[str, ...]
    history: tuple[str, ...] = ()
    sources: tuple[ListSource, ...] = ()
    traffic: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()

    def marked(self, mark: Mark) -> tuple[str, ...]:
        """The repositories with a mark."""
        names: tuple[str, ...] = getattr(self, mark)
        return names


def mark_more(watchlist: Watchlist, mark: Mark, names: str, source: str) -> Watchlist:
    """Mark more repositories of a watchlist.

    Args:
        watchlist: the watchlist.
        mark: what is to be kept of them.
        names: the comma-separated names of the repositories to mark. If the watchlist has entries
            that stand for lists, a name may be one that only they bring in.
        source: where the names were read from; the error begins with it.

    Raises:
        WatchlistError: a name is malformed, listed twice, or cannot be in the watchlist.
    """
    known = {repo.lower(): repo for repo in watchlist.repos}
    marked = {repo.lower(): repo for repo in watchlist.marked(mark)}
    for name in parse_names(names, source):
        if name.lower() not in known and not watchlist.sources:
            refuse(f"{source}: {quote(name)} is not in the watchlist; add it there first.")
        marked.setdefault(name.lower(), name)
    written_out = [repo for key, repo in known.items() if key in marked]
    others = [name for key, name in marked.items() if key not in known]
    changes: dict[str, Any] = {mark: (*written_out, *others)}
    return replace(watchlist, **changes)


def parse_names(text: str, source: str) -> tuple[str, ...]:
    """Read a comma-separated list of `owner/name`.

    Raises:
        WatchlistError: a name is malformed or listed twice, or no name is listed.
    """
    names = [name for part in text.split(",") if (name := part.strip())]
    if not names:
        refuse(f"{source}: no repository is listed; write at least one owner/name.")
    return _check_names((name, source) for name in names)


@lru_cache(maxsize=1)  # a process reads its watchlist several times
def parse_watchlist(text: str, source: str) -> Watchlist:
    """Read a YAML watchlist, `repos: [owner/name, ...]`.

    An entry may also be `{repo: owner/name, history: true}`, with other marks likewise, or stand
    for a list of GitHub's as in `{org: NAME, topics: [...]}`. Beside `repos` there may be
    `bots: [LOGIN, ...]`.

    Raises:
        WatchlistError: the text is not YAML of that shape, a name is malformed or listed twice,
            or no entry is listed; the message says the line and quotes the text.
    """
    with suppress(WatchlistError, UnicodeError):
        return _parse(text, source, is_quick=True)
    # Only the slow parser keeps the text that the message quotes.
    return _parse(text, source, is_quick=False)


def _parse(text: str, source: str, *, is_quick: bool) -> Watchlist:
    settings = _find_settings(text, source, is_quick=is_quick)
    entries = [_parse_entry(node, source) for node in _list_entries(settings, source)]
    sources = tuple(entry for entry in entries if isinstance(entry, ListSource))
    refuse_repeated(sources)
    written_out = [entry for entry in entries if not isinstance(entry, ListSource)]
    names = _check_names((name.value, where(name, source)) for name, _ in written_out)
    marked = {
        mark: tuple(name.value for name, marks in written_out if mark in marks) for mark in MARKS
    }
    bots = _parse_bots(settings.get("bots"), source)
    return Watchlist(names, sources=sources, bots=bots, **marked)


def _find_settings(text: str, source: str, *, is_quick: bool) -> dict[str, yaml.Node]:
    """The values of a watchlist by their names."""
    root = compose(text, source, is_quick=is_quick)
    if root is None:
        refuse(f"{source}: the watchlist is empty; write a list of owner/name under `repos:`.")
    if not isinstance(root, yaml.MappingNode):
        refuse(f"{where(root, source)}: {show(root)} stands where `repos:` should.")
    return read_settings(root, ("repos", "bots"), source, "a watchlist")


def _list_entries(settings: Mapping[str, yaml.Node], source: str) -> list[yaml.Node]:
    """The entries of the list under `repos:`, of which there is at least one."""
    repos = settings.get("repos")
    if isinstance(repos, yaml.ScalarNode | yaml.MappingNode) and not is_null(repos):
        refuse(f"{where(repos, source)}: {show(repos)} stands where a list should.")
    if not isinstance(repos, yaml.SequenceNode) or not repos.value:
        refuse(f"{source}: the watchlist is empty; write a list of owner/name under `repos:`.")
    entries: list[yaml.Node] = repos.value
    return entries


def _parse_bots(node: yaml.Node | None, source: str) -> tuple[str, ...]:
    """The bots in the list under `bots:`, which may be empty or left out."""
    if node is None or (isinstance(node, yaml.SequenceNode) and not node.value):
        return ()
    names = read_list(node, source, "bots")
    return tuple(check_bot(name.value, where(name, source)) for name in names)


def _parse_entry(
    node: yaml.Node, source: str
) -> ListSource | tuple[yaml.ScalarNode, Collection[Mark]]:
    """The list that an entry stands for, or its name and its marks."""
    if isinstance(node, yaml.ScalarNode):
        return node, ()
    if not isinstance(node, yaml.MappingNode):
        refuse(f"{where(node, source)}: {show(node)} is not a repository name.")
    kind = find_kind(node, source)
    if kind is not None:
        return parse_source(node, kind, source)
    settings = read_settings(node, ("repo", *MARKS), source, "a repository")
    name = settings.get("repo")
    if name is None:
        refuse(f"{where(node, source)}: {show(node)} has no `repo:`; write its owner/name.")
    if not isinstance(name, yaml.ScalarNode):
        refuse(f"{where(name, source)}: {show(name)} is not a repository name.")
    return name, {m for m in MARKS if m in settings and read_flag(settings[m], source, m)}


def read_watchlist(path: Path) -> Watchlist:
    """Read a watchlist file.

    Raises:
        WatchlistError: the file cannot be read, or its content is malformed.
    """
    return parse_watchlist(read_text(path), shorten(str(path)))


def read_text(path: Path) -> str:
    """Read the text of a watchlist file, with its line ends.

    Raises:
        WatchlistError: the file cannot be read, is too large, or is no text.
    """
    source = shorten(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)  # not more: it may be any file, or a device
        if len(content) > MOST_BYTES:
            refuse(f"{source}: this is larger than {MOST_BYTES >> 20} MiB, and no watchlist.")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(f"{source}: the watchlist is not UTF-8 text.")
    except OSError as error:
        refuse(f"{source}: the watchlist cannot be read ({error.strerror}).")


def _check_names(names: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Check names, each with where it was read from, and that none is listed twice."""
    seen: dict[str, str] = {}
    for text, place in names:
        name = check_repository_name(text, place)
        earlier = seen.setdefault(name.lower(), name)
        if earlier is not name:
            raise WatchlistError(f"{place}: {quote(name)} is listed twice.")
    return tuple(seen.values())
