"""What the benchmarks say while they run: to standard error, apart from the table."""

import sys


def notice(text: str) -> None:
    """Say a sentence."""
    print(text, file=sys.stderr, flush=True)
