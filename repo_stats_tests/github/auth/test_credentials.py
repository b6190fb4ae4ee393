"""Credentials: which keys are accepted, and that no secret is shown."""

import json

import pytest
import respx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from repo_stats.github.auth.credentials import (
    APP_NAME,
    App,
    Credentials,
    Token,
    check_private_key,
)
from repo_stats.github.auth.token_cache import InstallationToken
from repo_stats.safe_text import holds_secret
from repo_stats_tests.helpers.app import LATER, TOKENS_URL, send, token_response
from repo_stats_tests.helpers.client import URL


def test_only_an_rsa_key_signs_for_an_app(private_key: str) -> None:
    check_private_key(private_key)
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    locked = serialization.load_pem_private_key(private_key.encode(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    for key in (curve, locked):
        with pytest.raises(ValueError, match=r"^not an? "):
            check_private_key(key.decode())


@respx.mock
def test_neither_key_nor_token_is_in_an_error_or_a_representation(
    app: App, private_key: str
) -> None:
    respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    respx.get(URL).respond(404)
    [error], _ = send(app)
    shown = f"{error!r} {app!r} {Credentials((), app)!r} {InstallationToken('ghs_one', LATER)!r}"
    assert "ghs_one" not in shown
    assert private_key[40:80] not in json.dumps(shown)


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        ((), []),
        (("one",), ["GITHUB_TOKEN"]),
        (("one", "two"), ["token 1 of GITHUB_TOKENS", "token 2 of GITHUB_TOKENS"]),
    ],
)
def test_tokens_have_the_names_of_the_settings(texts: tuple[str, ...], names: list[str]) -> None:
    credentials = Credentials.of(*texts)
    assert credentials.names == names
    assert [token.text for token in credentials.tokens] == [*texts]


def test_the_app_is_one_of_the_names() -> None:
    app = App("7", "42", "key")
    assert Credentials((Token("one"),), app).names == ["GITHUB_TOKEN", APP_NAME]
    assert Credentials((), app).names == ["the GitHub App"]


def test_a_secret_is_known_as_one_as_soon_as_it_is_read() -> None:
    text, key = "ghp_known-as-soon-as-read", "-----the key of this test-----"
    assert not holds_secret(f"sent {text} and {key}")
    Token(text)
    assert holds_secret(f"sent {text}")
    App("7", "42", f"{key}\n")
    assert holds_secret(f"sent {key}!")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END",
        "-----BEGIN PRIVATE KEY-----\nMAwCAQAwBQYDKgMEBAA=\n-----END PRIVATE KEY-----\n",
    ],
    ids=["empty", "no key", "cut off", "of a kind that nobody knows"],
)
def test_what_is_no_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a private key in PEM format without a password$"):
        check_private_key(text)


def test_a_good_key_is_checked_once_a_process_and_a_bad_one_each_time(private_key: str) -> None:
    check_private_key.cache_clear()
    for _ in range(3):
        check_private_key(private_key)
        with pytest.raises(ValueError, match="not a private key"):
            check_private_key("no key")
    assert (check_private_key.cache_info().hits, check_private_key.cache_info().currsize) == (2, 1)
