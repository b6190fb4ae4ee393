"""The certificates that are trusted, and what is said of one that is not."""

import asyncio
import gc
import ssl
import time
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import UnreachableError
from repo_stats.network.certificates import (
    CERTIFICATE_VARIABLES,
    find_issuer,
    load_certificates,
)
from repo_stats.network.errors import NetworkSettingsError
from repo_stats_tests.helpers.raw_server import RawServer, serve_raw

RESPONSE = b'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"id": 1}'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 by an authority that nobody trusts, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Nosy Proxies Ltd")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_address("127.0.0.1")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificates") / "own.pem"
    encoding = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(encoding, form, plain) + made.public_bytes(encoding))
    return file


def _address(text: str) -> x509.IPAddress:
    return x509.IPAddress(ip_address(text))


def _encrypt(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def server(certificate: Path) -> Iterator[RawServer]:
    """A server with that certificate."""
    with serve_raw(lambda head: iter([RESPONSE]), _encrypt(certificate)) as server:
        yield server


def ask(server: RawServer) -> object:
    url = f"https://127.0.0.1:{server.port}"

    async def run() -> object:
        async with GitHubClient(url, "s3cret") as client:
            get = client.get(f"{url}/repos/a/b", repo="a/b", shape=dict)
            [outcome] = await asyncio.gather(get, return_exceptions=True)
            return getattr(outcome, "body", outcome)

    return asyncio.run(run())


def test_a_certificate_that_is_not_trusted_is_told_at_once_with_its_issuer(
    server: RawServer,
) -> None:
    error = ask(server)
    assert isinstance(error, UnreachableError)
    assert "certificate of https://127.0.0.1" in str(error)
    assert "self-signed certificate, issued by 'Nosy Proxies Ltd'" in str(error)
    assert str(error).endswith(
        "; if your network replaces certificates, set SSL_CERT_FILE to the file that holds its own."
    )
    assert not error.may_pass
    [head] = server.heads  # sent to learn the issuer
    assert head.startswith(b"HEAD / HTTP/1.1")
    assert b"s3cret" not in head


def test_the_issuer_is_left_out_if_the_server_does_not_end_its_response(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply_slowly(head: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        while True:
            time.sleep(0.02)
            yield b"x: y\r\n"

    monkeypatch.setattr("repo_stats.network.certificates._MOST_SECONDS", 1.0)
    with serve_raw(reply_slowly, _encrypt(certificate)) as server:
        error = ask(server)
    assert isinstance(error, UnreachableError)
    assert "is not trusted (self-signed certificate); " in str(error)


def test_no_connection_is_left_to_a_server_that_never_encrypts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repo_stats.network.certificates._MOST_SECONDS", 1.0)
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always", ResourceWarning)
        with serve_raw(lambda head: iter([])) as server:
            issuer = asyncio.run(find_issuer(f"https://127.0.0.1:{server.port}", None))
            gc.collect()
    assert issuer is None
    assert [str(warning.message) for warning in left_open] == []


@pytest.mark.parametrize("variable", CERTIFICATE_VARIABLES)
def test_the_file_of_each_variable_is_trusted(
    server: RawServer, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    assert ask(server) == {"id": 1}


@pytest.mark.parametrize("variable", CERTIFICATE_VARIABLES)
@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.pem", "No such file or directory"), ("empty.pem", "holds no certificates")],
)
def test_a_file_that_cannot_be_used_is_one_sentence_with_its_variable(
    tmp_path: Path, variable: str, name: str, reason: str
) -> None:
    (tmp_path / "empty.pem").touch()
    with pytest.raises(NetworkSettingsError, match=reason) as caught:
        load_certificates({variable: str(tmp_path / name)})
    assert str(caught.value).startswith(f"{variable} is ")


def test_a_folder_of_certificates_may_be_named_and_the_first_variable_counts(
    tmp_path: Path,
) -> None:
    folder = {variable: str(tmp_path) for variable in CERTIFICATE_VARIABLES}
    assert load_certificates(folder).verify_mode is ssl.CERT_REQUIRED
    assert load_certificates({**folder, "SSL_CERT_FILE": " "}) is load_certificates(
        {"SSL_CERT_DIR": str(tmp_path)}
    )
    assert load_certificates({}) is load_certificates({"CURL_CA_BUNDLE": ""})
