"""What commands tell beside their output, on standard error."""

import click

from repo_stats.safe_text import make_printable, make_safe


def warn(sentence: str) -> None:
    """Print a warning of a command to standard error."""
    tell(f"Warning: {sentence}")


def tell(sentence: str) -> None:
    """Print a sentence to standard error. It may quote what a server sent."""
    click.echo(make_printable(make_safe(sentence)), err=True)
