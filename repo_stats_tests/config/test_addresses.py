"""Addresses in settings: which can be requested, and which may be shown and written to logs."""

import pytest

from repo_stats.config.addresses import (
    MOST_CHARACTERS,
    hide_credentials,
    holds_credentials,
    is_web_address,
    parse_api_url,
)
from repo_stats.config.errors import SettingsError

LONG_HOST = ".".join(["a" * 63] * 3 + ["a" * 61])
"""The longest name that a host can have."""


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        pytest.param("https://x/".ljust(MOST_CHARACTERS, "a"), True, id="longest address"),
        pytest.param("https://x/".ljust(MOST_CHARACTERS + 1, "a"), False, id="too long"),
        pytest.param(f"https://{LONG_HOST}/", True, id="longest host"),
        pytest.param(f"https://{LONG_HOST}a/", False, id="host too long"),
        ("https://-x.good", False),
        ("https://good.-x", False),
        ("https://good.x-", False),
        ("https://x-y.good", True),
        ("https://x:1", True),
        ("https://x:65536", False),
    ],
)
def test_an_address_is_one_if_every_part_of_it_can_be_requested(
    text: str, is_address: bool
) -> None:
    assert is_web_address(text) is is_address


@pytest.mark.parametrize(
    "url",
    [
        *("https://host/api#part", "https://me@host/api", "https://:hidden@host/api"),
        *("https://host/api?q=1", "host/api", "ftp://host/api"),
    ],
)
def test_the_address_of_an_api_is_bare(url: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_api_url(url)
    assert str(refusal.value) == (
        f"REPO_STATS_API_URL is '{hide_credentials(url)}', which is not the address of an API; "
        "write https://api.github.com or https://HOST/api/v3."
    )


@pytest.mark.parametrize(
    ("url", "shown", "is_secret"),
    [
        ("s3://bucket/stats", "s3://bucket/stats", False),
        ("sftp://me@host/stats", "sftp://host/stats", False),
        ("s3://bucket/a:b@c/d", "s3://c/d", False),
        ("sftp://me:hidden@host/stats", "sftp://host/stats", True),
        ("sftp://me@x:hidden@host/stats", "sftp://host/stats", True),
        ("sftp://me:hidden@host/x://y", "sftp://host/x://y", True),
        ("az://box/stats?sig=hidden", "az://box/stats", True),
    ],
)
def test_a_password_before_the_host_or_a_query_is_a_secret(
    url: str, shown: str, is_secret: bool
) -> None:
    assert holds_credentials(url) is is_secret
    assert hide_credentials(url) == shown
