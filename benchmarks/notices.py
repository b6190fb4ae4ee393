"""Messages of the benchmarks while they run, on standard error and so apart from the tables."""

import sys


def notice(text: str) -> None:
    """Print a message."""
    print(text, file=sys.stderr, flush=True)
