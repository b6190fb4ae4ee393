"""Every setting: environment variables, the watchlist file, and credentials."""
