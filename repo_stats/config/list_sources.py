"""Entries of a watchlist that stand for many repositories: organisations, users, an installation.

Only GitHub knows which repositories they are. This module says what is asked for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import yaml

from repo_stats.config.errors import quote
from repo_stats.config.marks import MARKS, Mark
from repo_stats.config.repository_names import check_owner, check_pattern
from repo_stats.config.watchlist_nodes import (
    read_flag,
    read_list,
    read_number,
    read_settings,
    read_word,
    refuse,
    show,
    where,
)

Kind = Literal["org", "user", "installation"]

Visibility = Literal["public", "private", "all"]

KINDS: tuple[Kind, ...] = ("org", "user", "installation")

VISIBILITIES: tuple[Visibility, ...] = ("public", "private", "all")

_FLAGS = ("archived", "forks", *MARKS)

_TOPICS = ("topics", "exclude_topics")

SETTINGS = (*_TOPICS, *_FLAGS, "visibility", "min_stars", "exclude")
"""What an entry can say beside its name."""

_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


@dataclass(frozen=True)
class ListSource:
    """An entry that stands for the repositories that a list of GitHub's has.

    Attributes:
        kind: whose list it is.
        name: the organisation or user; empty for an installation.
        where: the file and line of the entry, for messages.
        topics: only repositories with one of these topics; empty for all.
        exclude_topics: no repositories with one of these.
        visibility: only public ones, only those that are not public, or all that the token sees.
        archived: whether archived ones count too.
        forks: whether forks count too.
        min_stars: only repositories with as many stars.
        exclude: the `owner/name` of repositories that do not count; a star stands for any
            characters.
        history: whether all their items are kept, and not only the open ones.
        traffic: whether their views and clones are kept.
        downloads: whether the counters of their release assets are kept.
    """

    kind: Kind
    name: str
    where: str = field(default="", compare=False)
    topics: tuple[str, ...] = ()
    exclude_topics: tuple[str, ...] = ()
    visibility: Visibility = "all"
    archived: bool = False
    forks: bool = False
    min_stars: int = 0
    exclude: tuple[str, ...] = ()
    history: bool = False
    traffic: bool = False
    downloads: bool = False

    @property
    def marks(self) -> frozenset[Mark]:
        """What is kept of its repositories beside what is kept of all."""
        return frozenset(mark for mark in MARKS if getattr(self, mark))

    @property
    def written(self) -> str:
        """The entry as the watchlist has it, without its filters: `org: dagster-io`."""
        return f"{self.kind}: {self.name or 'true'}"

    @property
    def key(self) -> tuple[str, str]:
        """The same for all entries that one list of GitHub's answers, in whatever spelling."""
        return self.kind, self.name.lower()


def find_kind(node: yaml.MappingNode, source: str) -> Kind | None:
    """Whose list an entry stands for; None if it stands for none.

    Raises:
        WatchlistError: it stands for several things.
    """
    told = [key.value for key, _ in node.value if key.value in ("repo", *KINDS)]
    kinds = list(dict.fromkeys(told))
    if len(kinds) > 1:
        refuse(
            f"{where(node, source)}: one entry has `{kinds[0]}` and `{kinds[1]}`; write an entry "
            "for each."
        )
    return next((kind for kind in KINDS if kind in kinds), None)


def parse_source(node: yaml.MappingNode, kind: Kind, source: str) -> ListSource:
    """Read an entry that stands for a list.

    Args:
        node: the entry.
        kind: whose list it stands for.
        source: the file, which an error begins with.

    Raises:
        WatchlistError: a setting is unknown, given twice, or has no possible value; the message
            says the line and quotes the text.
    """
    told = read_settings(node, (kind, *SETTINGS), source, f"an entry `{kind}:`")
    name = _read_name(told[kind], source, kind)
    values: dict[str, Any] = {}
    for key, value in told.items():
        if key in _FLAGS:
            values[key] = read_flag(value, source, key)
        elif key in _TOPICS:
            values[key] = _read_topics(value, source, key)
    if (stars := told.get("min_stars")) is not None:
        values["min_stars"] = read_number(stars, source, "min_stars")
    if (visibility := told.get("visibility")) is not None:
        values["visibility"] = read_word(visibility, source, "visibility", VISIBILITIES)
    if (exclude := told.get("exclude")) is not None:
        values["exclude"] = _read_patterns(exclude, source, name)
    return ListSource(kind, name, where(node, source), **values)


def refuse_repeated(sources: Sequence[ListSource]) -> None:
    """Refuse entries that say the same. Two of one organisation may have different filters.

    Raises:
        WatchlistError: two entries say the same.
    """
    seen: set[ListSource] = set()
    for entry in sources:
        alike = replace(entry, name=entry.name.lower())
        if alike in seen:
            refuse(f"{entry.where}: {quote(entry.written)} is listed twice.")
        seen.add(alike)


def _read_name(node: yaml.Node, source: str, kind: Kind) -> str:
    """The name that follows `org:` or `user:`; empty after `installation: true`."""
    if kind == "installation":
        if not read_flag(node, source, kind):
            refuse(f"{where(node, source)}: `installation` is false; leave the entry out.")
        return ""
    if not isinstance(node, yaml.ScalarNode):
        refuse(f"{where(node, source)}: {show(node)} stands where the name of `{kind}` should.")
    return check_owner(node.value, where(node, source), kind)


def _read_topics(node: yaml.Node, source: str, key: str) -> tuple[str, ...]:
    topics = []
    for part in read_list(node, source, key):
        topic = part.value.lower()
        if not _TOPIC.fullmatch(topic):
            refuse(
                f"{where(part, source)}: {show(part)} is no topic; write letters, digits and "
                "hyphens, at most 50."
            )
        topics.append(topic)
    return tuple(dict.fromkeys(topics))


def _read_patterns(node: yaml.Node, source: str, owner: str) -> tuple[str, ...]:
    """The names and patterns to leave out, which the list of an owner can have."""
    patterns = []
    for part in read_list(node, source, "exclude"):
        pattern = check_pattern(part.value, where(part, source))
        told = pattern.partition("/")[0]
        if owner and "*" not in told and told.lower() != owner.lower():
            refuse(
                f"{where(part, source)}: {show(part)} is no repository of {owner}; `exclude` "
                "leaves out only what the entry itself would bring in."
            )
        patterns.append(pattern)
    return tuple(dict.fromkeys(patterns))
