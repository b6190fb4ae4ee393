"""Credentials: which keys are accepted, and that no secret is shown."""

import json

import pytest
import respx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from repo_stats.github.auth.credentials import App, Credentials, Token, check_private_key
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
    reasons = []
    for key in (curve, locked, b"no key", private_key[:200].encode()):
        with pytest.raises(ValueError, match="not a") as raised:
            check_private_key(key.decode())
        reasons.append(str(raised.value))
    unreadable = "not a private key in PEM format without a password"
    assert reasons == ["not an RSA key", *[unreadable] * 3]


def test_credentials_are_named_as_the_settings_call_them(app: App) -> None:
    one, two = Credentials.of("s3cret-a"), Credentials.of("s3cret-a", "s3cret-b")
    assert Credentials().names == Credentials.of().names == []
    assert one.names == ["GITHUB_TOKEN"]
    assert two.names == ["token 1 of GITHUB_TOKENS", "token 2 of GITHUB_TOKENS"]
    assert Credentials(one.tokens, app).names == ["GITHUB_TOKEN", "the GitHub App"]
    assert [token.text for token in two.tokens] == ["s3cret-a", "s3cret-b"]


def test_from_its_first_moment_on_a_secret_is_kept_out_of_what_is_told() -> None:
    assert not holds_secret("a-token-of-this-test and the-key-of-this-test")
    Token("a-token-of-this-test")
    App("7", "42", "\nthe-key-of-this-test\n")
    assert holds_secret("Bearer a-token-of-this-test")
    assert holds_secret("key: the-key-of-this-test.")


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
