"""What commands tell beside their output: warnings, on standard error."""

import click

from repo_stats.safe_text import make_printable, make_safe


def warn(sentence: str) -> None:
    """Print a warning of a command to standard error."""
    click.echo(f"Warning: {make_printable(make_safe(sentence))}", err=True)
