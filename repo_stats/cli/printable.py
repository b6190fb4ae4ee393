"""Makes text from GitHub safe to print in a terminal."""

import click


def make_printable(text: str) -> str:
    """Replace characters that could control the terminal by blanks."""
    return "".join(character if character.isprintable() else " " for character in text)


def warn(sentence: str) -> None:
    """Print a warning of a command to standard error."""
    click.echo(f"Warning: {make_printable(sentence)}", err=True)
