"""All settings: environment variables, the watchlist file, and credentials."""
