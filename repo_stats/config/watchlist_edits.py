"""Changes to the text of a watchlist: pure functions from text to text.

A change leaves all else as it is: comments, order, quotes, blanks and line ends. The result is
parsed as the product does before it is returned. So a file of a shape that nobody thought of is
refused, and never spoilt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from yaml import CollectionNode

from repo_stats.config.errors import WatchlistError, quote
from repo_stats.config.list_sources import ListSource
from repo_stats.config.marks import MARKS, Mark
from repo_stats.config.repository_names import check_owner, check_repository_name
from repo_stats.config.watchlist import Watchlist, parse_watchlist
from repo_stats.config.watchlist_nodes import compose, is_null, refuse
from repo_stats.config.watchlist_splices import cut_out, find_list, put_in

EntryKind = Literal["repo", "org", "user"]

_EMPTY = Watchlist(())

_EXCLUDE = "; if a list brings it in, add it to the `exclude` of that entry"


@dataclass(frozen=True)
class NewEntry:
    """An entry to add.

    Attributes:
        kind: what it stands for: one repository, or the list of an organisation or user.
        name: the repository's owner/name, or the name of the organisation or user.
        marks: what is kept of it beside what is kept of all.
    """

    kind: EntryKind
    name: str
    marks: tuple[Mark, ...] = ()

    @property
    def written(self) -> str:
        """The entry as people are told of it: `acme/rocket`, or `org: acme`."""
        return self.name if self.kind == "repo" else f"{self.kind}: {self.name}"

    @property
    def parts(self) -> list[str]:
        """The settings of the entry; a repository's name alone needs none."""
        if not self.marks:
            return [self.written]
        return [f"{self.kind}: {self.name}", *(f"{mark}: true" for mark in self.marks)]


def add_entries(text: str, entries: Sequence[NewEntry], source: str) -> str:
    """Add entries to the end of a watchlist.

    Args:
        text: the watchlist; may be empty.
        entries: the entries.
        source: the file, which an error begins with.

    Raises:
        WatchlistError: the watchlist is malformed, an entry is there already or has a bad name, or
            the text has a shape that nothing can be added to.
    """
    for entry in entries:
        watchlist = _parse(text, source)
        _refuse_known(entry, watchlist, source)
        added = put_in(text, find_list(compose(text, source)), entry.parts)
        text = _require(
            added, _extend(watchlist, entry), f"{entry.written} cannot be added", source
        )
    return text


def remove_repositories(text: str, repos: Sequence[str], source: str) -> str:
    """Remove repositories that a watchlist writes out.

    Args:
        text: the watchlist.
        repos: the `owner/name` of each, in upper or lower case.
        source: the file, which an error begins with.

    Raises:
        WatchlistError: the watchlist is malformed, does not write a repository out or has nothing
            else, or the text has a shape that nothing can be removed from.
    """
    for repo in repos:
        watchlist = _parse(text, source)
        name = next((known for known in watchlist.repos if known.lower() == repo.lower()), None)
        if name is None:
            refuse(
                f"{source}: {quote(repo)} is not written out there, so it cannot be removed"
                f"{_EXCLUDE if watchlist.sources else ''}."
            )
        expected = _without(watchlist, name)
        if not expected.repos and not expected.sources:
            refuse(f"{source}: {quote(name)} is the only entry; a watchlist needs at least one.")
        entries = find_list(compose(text, source))
        left = cut_out(text, entries, name) if isinstance(entries, CollectionNode) else ""
        text = _require(left, expected, f"{name} cannot be removed", source)
    return text


def _parse(text: str, source: str) -> Watchlist:
    """What a watchlist has, which may be nothing yet."""
    root = compose(text, source)
    if root is None or (root.end_mark.index == root.start_mark.index and is_null(root)):
        return _EMPTY
    entries = find_list(root)
    is_empty = entries is not None and (is_null(entries) or entries.value == [])
    return _EMPTY if is_empty else parse_watchlist(text, source)


def _refuse_known(entry: NewEntry, watchlist: Watchlist, source: str) -> None:
    if entry.kind == "repo":
        check_repository_name(entry.name, source)
        if entry.name.lower() in {repo.lower() for repo in watchlist.repos}:
            refuse(f"{source}: {quote(entry.name)} is there already.")
        return
    check_owner(entry.name, source, entry.kind)
    for known in watchlist.sources:
        if known.key == (entry.kind, entry.name.lower()):
            refuse(f"{known.where}: {quote(known.written)} is there already.")


def _extend(watchlist: Watchlist, entry: NewEntry) -> Watchlist:
    """What a watchlist should have after an entry was added."""
    if entry.kind != "repo":
        flags: dict[str, Any] = dict.fromkeys(entry.marks, True)
        added = ListSource(entry.kind, entry.name, **flags)
        return replace(watchlist, sources=(*watchlist.sources, added))
    marked: dict[str, Any] = {mark: (*watchlist.marked(mark), entry.name) for mark in entry.marks}
    return replace(watchlist, repos=(*watchlist.repos, entry.name), **marked)


def _without(watchlist: Watchlist, repo: str) -> Watchlist:
    """What a watchlist should have after a repository was removed."""
    lists = [("repos", watchlist.repos), *((mark, watchlist.marked(mark)) for mark in MARKS)]
    left: dict[str, Any] = {key: tuple(n for n in names if n != repo) for key, names in lists}
    return replace(watchlist, **left)


def _require(text: str, expected: Watchlist, what: str, source: str) -> str:
    """Return a changed watchlist if it says what it should."""
    try:
        is_right = parse_watchlist(text, source) == expected
    except WatchlistError:
        is_right = False
    if not is_right:
        refuse(f"{source}: {what} in a file of this shape; edit it by hand.")
    return text
