"""What errors show of a refused text: its beginning, on one line."""

import pytest

from repo_stats.config.errors import SettingsError, quote, require_text, shorten


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("a", "'a'"),
        ("it's", '"it\'s"'),
        ("two\nlines", "'two\\nlines'"),
        ("x" * 80, f"'{'x' * 80}'"),
        ("x" * 81, f"'{'x' * 80}…'"),
    ],
)
def test_a_quoted_text_is_on_one_line_and_of_80_characters_at_most(text: str, quoted: str) -> None:
    assert quote(text) == quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it's a file", "it's a file"),
        ("two\nlines\x1b", "two\\nlines\\x1b"),
        ("x" * 300, "x" * 300),
        ("x" * 301, f"{'x' * 300}…"),
    ],
)
def test_a_shortened_text_is_on_one_line_without_quotes(text: str, shown: str) -> None:
    assert shorten(text) == shown


def test_a_text_is_shortened_to_any_number_of_characters() -> None:
    assert shorten("abcd", 3) == "abc…"
    assert shorten("abc", 3) == "abc"


def test_what_files_and_programs_can_hold_is_given_back() -> None:
    assert require_text("X", "a/ü") == "a/ü"
    with pytest.raises(SettingsError, match="X holds a NUL character"):
        require_text("X", "a\0")
