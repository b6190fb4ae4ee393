"""Addresses in responses: the next page, redirects, and that no request leaves the API."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_stats.github.errors import GitHubError, PermanentError, TransientError
from repo_stats.github.http.addresses import find_next_page, follow_redirect, is_same_origin

API = "https://proxy.example/ghe/api/v3"

ASKED = f"{API}/repositories/7/issues?state=open&page=1"

NEXT = f"{API}/repositories/7/issues?after=abc&page=2"


def find_next(link: str) -> str | None:
    return find_next_page(ASKED, link, API, "a/b")


@pytest.mark.parametrize(
    ("url", "is_same"),
    [
        ("https://host/other", True),
        ("https://HOST:443/x", True),
        ("https://evil/x", False),
        ("http://host/x", False),
        ("https://host:8443/x", False),
        ("https://host.evil/x", False),
        ("https://user@host/x", False),
        ("https://:secret@host/x", False),
        ("https://host@evil/x", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, is_same: bool) -> None:
    assert is_same_origin(url, "https://host/api") is is_same


def test_a_port_that_is_not_named_is_that_of_the_scheme() -> None:
    assert is_same_origin("http://host:80/x", "http://host")
    assert not is_same_origin("http://host:443/x", "http://host")
    assert not is_same_origin("https://host:80/x", "https://host")


def test_a_redirect_within_the_api_is_followed_to_its_whole_address() -> None:
    assert follow_redirect(ASKED, "/x?page=2", API, "a/b") == "https://proxy.example/x?page=2"


@pytest.mark.parametrize(
    "base",
    [
        API,
        "http://proxy.example/ghe/api/v3",
        "https://proxy.example:8443/ghe/api/v3",
        "https://github.internal/api/v3",
        "https://user:secret@github.internal",
        "",
    ],
)
def test_the_next_page_of_the_same_list_stays_where_requests_are_sent_to(base: str) -> None:
    link = f'<{base}/repositories/7/issues?after=abc&page=2>; rel="next"'
    assert find_next(link) == NEXT


def test_no_part_of_the_page_that_was_asked_for_is_kept_beside_its_path() -> None:
    link = f'<{NEXT}>; rel="next"'
    assert find_next_page(f"{ASKED}#top", link, API, "a/b") == NEXT


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x?page=2",
        "https://evil.example/repositories/8/issues?page=2",
        "https://evil.example/repositories/7/issues/?page=2",
        "https://proxy.example:8443/ghe/api/v3/repositories/8/issues?page=2",
    ],
)
def test_a_next_page_of_another_list_on_another_host_or_port_is_refused(url: str) -> None:
    with pytest.raises(PermanentError) as error:
        find_next(f'<{url}>; rel="next"')
    assert str(error.value) == (
        f"GitHub's response for a/b leads to another host, {url.split('/')[2]}, which does not get "
        "the token; check REPO_STATS_API_URL."
    )


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("", None),
        ("garbage", None),
        (f'<{NEXT}>; rel="prev"', None),
        (f'<{ASKED}>; rel="first", <{NEXT}>; rel="next"', NEXT),
        (f'<{NEXT}>; title="a, b"; rel="up next"', NEXT),
        (f"<{NEXT}>;rel=NEXT", NEXT),
        (f"<{NEXT}>; rel=last; rel=next", NEXT),
        (f'<{API}/x?after=c,d&page=3>; rel="next"', f"{API}/x?after=c,d&page=3"),
    ],
)
def test_the_next_page_is_read_from_the_link_header(link: str, expected: str | None) -> None:
    assert find_next(link) == expected


NO_ADDRESSES = [
    "http:///x",
    "https://proxy.example:0/x",
    "http://[",
    "https://host:99999/x",
    "https://proxy.example/\x07",
    "http://é/",
]


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_is_a_garbled_response(text: str) -> None:
    with pytest.raises(TransientError) as error:
        find_next(f'<{text}>; rel="next"')
    assert str(error.value) == (
        "GitHub's response for a/b names a next page without an address; try again later."
    )
    with pytest.raises(TransientError) as error:
        follow_redirect(ASKED, text, API, "a/b")
    assert str(error.value) == (
        "GitHub redirected the request for a/b to something that is not an address; try again "
        "later."
    )


@pytest.mark.parametrize("port", ["8080", "1", "65535"])
def test_a_redirect_to_another_port_is_refused(port: str) -> None:
    with pytest.raises(PermanentError, match=f"another host, proxy.example:{port}"):
        follow_redirect(ASKED, f"https://proxy.example:{port}/x", API, "a/b")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.sampled_from(['<{}>; rel="next"', "{}", "<{}", "https://[{}", "//{}"]))
def test_whatever_a_header_holds_no_address_of_it_leaves_the_api(text: str, form: str) -> None:
    header, url = form.format(text), None
    with suppress(GitHubError):
        url = find_next(header)
    assert url is None or is_same_origin(url, API)
    with suppress(GitHubError):
        url = follow_redirect(ASKED, header, API, "a/b")
    assert url is None or is_same_origin(url, API)
