"""Makes text safe to tell people: without secrets, and without characters that control a terminal.

This module imports nothing else of the package, so that every layer may use it.
"""

import re

SHORTEST_SECRET = 8
"""Shorter texts are no secrets: to remove them would garble every message."""

_REMOVED = "***"

_secrets: set[str] = set()

_unique_secrets: set[str] = set()

_USERINFO = re.compile(r"(?<=://)[^\s/?#'\"]*@")

_ADDRESS = re.compile(r"://[^\s'\"]*")
"""An address from its scheme on. No match can begin within another one: with many overlapping
beginnings, a long text of a server would take hours."""

_QUERY = re.compile(r"\?[^)]*")

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class PlainError(Exception):
    """An error that people are told about: a plain sentence, which is made safe to tell."""

    def __init__(self, message: str = "") -> None:
        super().__init__(make_safe(message))


def keep_secret(text: str, *, is_unique: bool = True) -> str:
    """Remember a secret of this process, such as a token, and return it unchanged.

    From now on, no text that `make_safe` returns contains it.

    Args:
        text: the secret.
        is_unique: False if others may use the same text for something else, as the path of an
            address. Then `holds_secret` does not look for it.
    """
    if len(text) >= SHORTEST_SECRET:
        _secrets.add(text)
        if is_unique:
            _unique_secrets.add(text)
    return text


def holds_secret(text: str) -> bool:
    """Whether a text contains a secret of this process, and not the same text by chance."""
    return any(secret in text for secret in _unique_secrets)


def make_safe(text: str) -> str:
    """A text without secrets, and without characters that control a terminal.

    The secrets are those of this process, and the credentials and queries of web addresses. Line
    breaks are kept.
    """
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _REMOVED)
    text = _USERINFO.sub("", text)
    text = _ADDRESS.sub(lambda address: _QUERY.sub("", address[0]), text)
    return "\n".join(map(make_printable, text.split("\n")))


def is_text(text: str) -> bool:
    """Whether files and other programs can hold a text.

    It must not hold a NUL character, or bytes that are not UTF-8, which Python shows as surrogates.
    """
    return _NO_TEXT.search(text) is None


def make_printable(text: str) -> str:
    """Replace characters that could control the terminal by blanks, line breaks included."""
    return "".join(character if character.isprintable() else " " for character in text)
