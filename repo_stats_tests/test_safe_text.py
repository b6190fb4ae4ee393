"""What people are told holds no secret, and nothing that controls their terminal."""

import pytest

from repo_stats.config.errors import SettingsError, WatchlistError
from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import TransientError
from repo_stats.safe_text import holds_secret, is_text, keep_secret, make_printable, make_safe
from repo_stats.warehouse.files import WarehouseError

SECRET = keep_secret("s3cret-of-the-tests-of-safe-text")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (f"it answered Bearer {SECRET}", "it answered Bearer ***"),
        (f"{SECRET}{SECRET}", "******"),
        ("https://user:pass@host/path", "https://host/path"),
        ("https://user@host", "https://host"),
        ("s3://KEY:SECRET@bucket/stats", "s3://bucket/stats"),
        ("see https://host/path?sig=abc&x=1.", "see https://host/path"),
        ("'https://host/path?sig=abc' failed", "'https://host/path' failed"),
        ("(https://host/path?sig=abc) and x?", "(https://host/path) and x?"),
        ("https://host/path?a=(b)?sig=abc", "https://host/path)"),
        ("mail a@b.org? Yes.", "mail a@b.org? Yes."),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred\x07 \x9b0m", " [31mred   0m"),
        ("right \u202eto left, half \ud800", "right  to left, half  "),
        ("stars 🌟 and Ümläute", "stars 🌟 and Ümläute"),
        ("", ""),
    ],
)
def test_a_text_is_told_without_secrets_and_control_characters(text: str, safe: str) -> None:
    assert make_safe(text) == safe


def test_a_longer_secret_that_contains_a_shorter_one_is_removed_as_a_whole() -> None:
    longer = keep_secret(f"{SECRET}-and-more")
    assert make_safe(f"<{longer}>") == "<***>"
    around = keep_secret(f"before-{SECRET}")
    assert make_safe(f"<{around}>") == "<***>"


def test_a_text_too_short_for_a_secret_is_not_removed() -> None:
    for text in ("stars", "stars-7", "stars-88"):
        keep_secret(text)
    assert make_safe("12 stars, stars-7, stars-88") == "12 stars, stars-7, ***"
    assert not holds_secret("12 stars, stars-7")


def test_a_long_text_with_many_beginnings_of_addresses_is_read_once() -> None:
    for part in ("://a", "a.", "://"):
        assert make_safe(part * 300_000) == part * 300_000


def test_a_secret_that_others_may_use_as_well_is_removed_and_not_looked_for() -> None:
    keep_secret("/a-path-of-hooks", is_unique=False)
    assert make_safe("POST /a-path-of-hooks failed") == "POST *** failed"
    assert not holds_secret("an issue about /a-path-of-hooks")


def test_a_token_is_a_secret_as_soon_as_it_is_known() -> None:
    sent = "Authorization: Bearer ghp_0123456789abcdef"
    assert not holds_secret(sent)
    Token("ghp_0123456789abcdef")
    assert holds_secret(sent)
    assert make_safe(sent) == "Authorization: Bearer ***"


@pytest.mark.parametrize("kind", [TransientError, WarehouseError, SettingsError, WatchlistError])
def test_every_error_that_is_told_is_made_safe(kind: type[Exception]) -> None:
    assert str(kind(f"\x1b]0;{SECRET} at ftp://me:pw@host")) == " ]0;*** at ftp://host"


def test_an_error_may_say_nothing() -> None:
    assert str(SettingsError()) == ""


def test_printable_text_has_no_line_breaks() -> None:
    assert make_printable("a\nb\tc") == "a b c"


@pytest.mark.parametrize(
    ("text", "can_be_held"),
    [
        *(("", True), ("a\nb\x1b", True), ("\ud7ff\ue000\U0001f31f", True)),
        *(("a\0b", False), ("a\ud800", False), ("\udfffb", False), ("\udc80", False)),
    ],
)
def test_a_text_has_no_nul_character_and_no_surrogates(text: str, can_be_held: bool) -> None:
    assert is_text(text) is can_be_held
