"""Errors in settings and in the watchlist; each message is one plain sentence.

A message quotes what it refuses, which may be anything: a megabyte long, or full of characters that
control a terminal.
"""

from repo_stats.safe_text import PlainError, is_text, make_safe

MOST_SHOWN = 80
"""Characters of a refused text that a message shows."""


class SettingsError(PlainError, ValueError):
    """A setting cannot be used; the message names it and says what to write instead."""


class WatchlistError(PlainError, ValueError):
    """The watchlist cannot be used; the message says where the mistake is and what it is."""


def quote(text: str) -> str:
    """A text in quotes, on one line, and shortened."""
    return repr(_cut(text, MOST_SHOWN))


def shorten(text: str, most: int = 300) -> str:
    """A text without quotes, on one line, and shortened to a number of characters."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in _cut(text, most))


def put_briefly(message: str) -> str:
    """A message in one line, shortened. It is made safe first: no part of a secret is left over."""
    return shorten(" ".join(make_safe(message).split()))


def require_text(variable: str, text: str) -> str:
    """Return the value of a variable, if files and other programs can hold it.

    Raises:
        SettingsError: they cannot.
    """
    if not is_text(text):
        raise SettingsError(
            f"{variable} holds a NUL character, or bytes that are not UTF-8; write it as text."
        )
    return text


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
