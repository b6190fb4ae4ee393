"""The proxy for an address: which variable counts, what is excepted, and what cannot be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_stats.network.errors import NetworkSettingsError
from repo_stats.network.proxies import find_proxy

API = "https://api.github.com"

PROXY = "http://proxy.example:3128"


def proxy_of(url: str, **environ: str) -> str | None:
    proxy = find_proxy(url, environ)
    return None if proxy is None else proxy.url


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        ({"HTTP_PROXY": PROXY}, None),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"ALL_PROXY": "http://other:1", "HTTPS_PROXY": PROXY}, PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        ({"HTTPS_PROXY": "http://user:pw@proxy.example"}, "http://user:pw@proxy.example"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "http://[::1]:3128"),
        ({"HTTP_PROXY": "http://proxy:bad", "ALL_PROXY": "ftp://x"}, "an error"),
        ({"HTTP_PROXY": "http://proxy:bad"}, None),
    ],
)
def test_the_proxy_is_that_of_the_scheme_or_of_all(
    environ: dict[str, str], expected: str | None
) -> None:
    if expected == "an error":
        with pytest.raises(NetworkSettingsError, match="ALL_PROXY"):
            proxy_of(API, **environ)
    else:
        assert proxy_of(API, **environ) == expected


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_excepted"),
    [
        ("*", API, True),
        ("api.github.com", API, True),
        ("API.GitHub.com", API, True),
        ("github.com", API, True),
        (".github.com", API, True),
        ("*.github.com", API, True),
        ("hub.com", API, False),
        ("github.com.evil", API, False),
        ("other, github.com", API, True),
        ("other github.com", API, True),
        ("github.com:443", API, True),
        ("github.com:8443", API, False),
        ("https://github.com", API, True),
        ("http://github.com", API, False),
        ("all://github.com", API, True),
        ("127.0.0.1", "http://127.0.0.1:8000", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("127.0.0.1:8001", "http://127.0.0.1:8000", False),
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.1/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8", "http://11.1.2.3/", False),
        ("::1", "http://[::1]:8000/", True),
        ("[::1]", "http://[::1]:8000/", True),
        ("[::1]:8000", "http://[::1]:8000/", True),
        ("[::1]:8001", "http://[::1]:8000/", False),
        ("0:0:0:0:0:0:0:1", "http://[::1]/", True),
        ("fe80::/10", "http://[fe80::5]/", True),
        ("[fe80::]/10", "http://[fe80::5]/", True),
        ("fe80::/10", API, False),
        ("fe80::/10", "http://10.1.2.3/", False),
        ("[::1", API, False),
        ("10.0.0.0/99", "http://10.1.2.3/", False),
        (",, ,", API, False),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_names_addresses_and_networks_are_excepted(
    variable: str, no_proxy: str, url: str, is_excepted: bool
) -> None:
    found = proxy_of(url, HTTP_PROXY=PROXY, HTTPS_PROXY=PROXY, **{variable: no_proxy})
    assert (found is None) is is_excepted


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("socks5://proxy:1080", "the Python package socksio has to be installed"),
        ("socks4://proxy:1080", "not supported"),
        ("ftp://proxy", "not supported"),
        ("http://proxy:99999", "no valid port"),
        ("http://proxy:0", "no valid port"),
        ("http://proxy:http", "no valid port"),
        ("http://[", "not the address of a proxy"),
        ("http://", "not the address of a proxy"),
        ("http://pro xy", "not the address of a proxy"),
        ("http://pr\u00f6xy", "not the address of a proxy"),
        ("http://proxy/\x1b[31m", "not the address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_sentence_with_its_variable_and_text(
    monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    monkeypatch.setattr("repo_stats.network.proxies.find_spec", lambda name: None)
    with pytest.raises(NetworkSettingsError) as caught:
        proxy_of(API, HTTPS_PROXY=text)
    sentence = str(caught.value)
    assert sentence.startswith(f"HTTPS_PROXY is {text!r}, ")
    assert problem in sentence
    assert sentence.isprintable()


def test_a_proxys_credentials_are_not_told() -> None:
    for text in ("http://me:s3cret@proxy:99999", "me:s3cret@proxy:x", "ftp://me:s3c@ret@proxy"):
        with pytest.raises(NetworkSettingsError) as caught:
            proxy_of(API, ALL_PROXY=text)
        assert "@proxy" in str(caught.value)
        assert "s3c" not in str(caught.value)
    assert "s3cret" not in repr(find_proxy(API, {"ALL_PROXY": "http://me:s3cret@proxy"}))


@given(st.text(), st.text())
def test_any_text_is_a_proxy_or_a_sentence(proxy: str, no_proxy: str) -> None:
    try:
        found = proxy_of(API, HTTPS_PROXY=proxy, NO_PROXY=no_proxy)
    except NetworkSettingsError as error:
        assert "HTTPS_PROXY is " in str(error)  # noqa: PT017
    else:
        assert found is None or "://" in found
