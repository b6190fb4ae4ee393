"""Errors in settings and in the watchlist; each message is one plain sentence."""

from repo_stats.safe_text import PlainError


class SettingsError(PlainError, ValueError):
    """A setting cannot be used; the message names it and says what to write instead."""


class WatchlistError(PlainError, ValueError):
    """The watchlist cannot be used; the message says where the mistake is and what it is."""
