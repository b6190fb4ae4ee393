"""Errors of settings and of the watchlist; each message is one plain sentence."""


class SettingsError(ValueError):
    """A setting cannot be used; the message names it and says what it may be."""


class WatchlistError(ValueError):
    """The watchlist cannot be used; the message says where and why in one sentence."""
