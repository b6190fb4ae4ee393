"""Makes text from GitHub safe to print in a terminal."""


def make_printable(text: str) -> str:
    """Replace characters that could control the terminal by blanks."""
    return "".join(character if character.isprintable() else " " for character in text)
