"""The certificates that are trusted: those of the variables that name some, or well-known ones."""

import os
import ssl
from collections.abc import Mapping
from functools import cache

import anyio
import httpx

from repo_stats.network.errors import NetworkSettingsError, show
from repo_stats.network.proxies import Proxy

CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name a file or folder of certificates; the first that is set counts."""


_MOST_SECONDS = 10.0
"""How long the issuer of a certificate is looked for: it only makes an error clearer."""

_STEPS = 4
"""Into how many parts that time is cut: connecting, encrypting, sending and waiting have one each.

So that the whole time never ends while a connection is encrypted: httpcore would leave it open.
"""


def load_certificates(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """The trusted certificates; loading takes 15 ms, so each process loads them only once.

    Raises:
        NetworkSettingsError: the file or folder that a variable names cannot be used.
    """
    for variable in CERTIFICATE_VARIABLES:
        if path := environ.get(variable, "").strip():
            return _load(path, variable)
    return _load_well_known()


@cache
def _load_well_known() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@cache
def _load(path: str, variable: str) -> ssl.SSLContext:
    is_folder = any(os.path.isdir(part) for part in path.split(os.pathsep))
    try:
        return ssl.create_default_context(
            cafile=None if is_folder else path, capath=path if is_folder else None
        )
    except (OSError, ValueError) as error:  # also errors of ssl
        reason = "holds no certificates" if isinstance(error, ssl.SSLError) else _describe(error)
        raise NetworkSettingsError(
            f"{variable} is {show(path)}, which {reason}; write the path of a file with "
            "certificates in PEM format, or unset it."
        ) from None


def _describe(error: OSError | ValueError) -> str:
    reason = getattr(error, "strerror", None) or "not a path"
    return f"cannot be read ({reason})"


async def find_issuer(url: str, proxy: Proxy | None) -> str | None:
    """Who issued the certificate of a server that is not trusted; None if that cannot be found.

    The request for it goes to the server's root and holds no secret.

    Args:
        url: an address at the server.
        proxy: the proxy on the way to it.
    """
    from cryptography import x509  # slow, and only a certificate that is not trusted needs it
    from cryptography.x509.oid import NameOID

    try:
        with anyio.fail_after(_MOST_SECONDS):
            certificate = await _fetch_certificate(url, proxy)
        issuer = x509.load_der_x509_certificate(certificate).issuer
        kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        names = [name for kind in kinds for name in issuer.get_attributes_for_oid(kind)]
    except (httpx.HTTPError, OSError, ValueError, KeyError):
        return None
    return repr(str(names[0].value)[:100]) if names else None


async def _fetch_certificate(url: str, proxy: Proxy | None) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = None if proxy is None else proxy.url
    async with (
        httpx.AsyncClient(
            verify=context, proxy=address, timeout=_MOST_SECONDS / _STEPS, trust_env=False
        ) as client,
        client.stream("HEAD", httpx.URL(url).copy_with(raw_path=b"/")) as response,
    ):
        connection = response.extensions["network_stream"].get_extra_info("ssl_object")
        return bytes(connection.getpeercert(binary_form=True))
