"""Credentials: which keys are accepted, and that no secret is shown."""

import json

import pytest
import respx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from repo_stats.github.auth.credentials import App, Credentials, check_private_key
from repo_stats.github.auth.token_cache import InstallationToken
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
