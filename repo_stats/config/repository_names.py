"""What a valid name is: of a repository, of its owner, and a pattern of such names."""

import re
from fnmatch import fnmatchcase

from repo_stats.config.errors import WatchlistError, quote

_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")

_PATTERN = re.compile(r"[A-Za-z0-9_*-]{1,39}/[A-Za-z0-9._*-]{1,100}")
"""No characters but those of names, and stars: others have a meaning for `fnmatchcase`."""


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
    if "://" in text or text.lower().startswith(("github.com/", "git@")):
        raise WatchlistError(
            f"{where}: {quote(text)} is an address; write only the owner/name at its end."
        )
    if not is_repository_name(text):
        raise WatchlistError(
            f"{where}: {quote(text)} is not a repository name; write owner/name, for example "
            "PrefectHQ/prefect."
        )
    return text


def is_repository_name(text: str) -> bool:
    """Whether a text is an `owner/name` that `check_repository_name` accepts."""
    owner, _, name = text.partition("/")
    return bool(
        _OWNER.fullmatch(owner)
        and _NAME.fullmatch(name)
        and name != "."
        and ".." not in name
        and not name.lower().endswith(".git")
    )


def check_owner(text: str, where: str, kind: str) -> str:
    """Return the name of an organisation or user if it is valid.

    Args:
        text: the name to check.
        where: where it was read from; the error begins with it.
        kind: `org` or `user`.

    Raises:
        WatchlistError: the text is not such a name.
    """
    if not _OWNER.fullmatch(text):
        what, example = _OWNERS[kind]
        raise WatchlistError(
            f"{where}: {quote(text)} is not the name of {what}; write it as at the end of its "
            f"address, for example {example}."
        )
    return text


_OWNERS = {"org": ("an organisation", "dagster-io"), "user": ("a user", "simonw")}


def check_pattern(text: str, where: str) -> str:
    """Return an `owner/name` in which a star stands for any characters, if it is valid.

    Raises:
        WatchlistError: the text is not such a pattern.
    """
    if not _PATTERN.fullmatch(text):
        raise WatchlistError(
            f"{where}: {quote(text)} is neither a repository name nor a pattern; write owner/name, "
            "in which * stands for any characters, for example dagster-io/*-archive."
        )
    return text


def matches(repo: str, pattern: str) -> bool:
    """Whether a pattern that `check_pattern` accepted is that of a repository's `owner/name`.

    GitHub does not tell upper case from lower case in names, and neither does a pattern.
    """
    return fnmatchcase(repo.lower(), pattern.lower())
