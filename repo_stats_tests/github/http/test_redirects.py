"""Redirects: followed on the same host, refused on any other."""

import respx

from repo_stats.github.errors import PermanentError
from repo_stats_tests.helpers.client import API, URL, send


@respx.mock
def test_a_rename_is_followed_on_the_same_host() -> None:
    respx.get(URL).respond(301, headers={"location": f"{API}/repositories/7"})
    respx.get(f"{API}/repositories/7").respond(json={"id": 7})
    [response], client, _ = send()
    assert response.body == {"id": 7}
    assert client.usage.charged == 2


@respx.mock
def test_a_redirect_to_another_host_is_refused_without_asking_it() -> None:
    respx.get(URL).respond(301, headers={"location": "https://evil.example/repositories/7"})
    elsewhere = respx.get("https://evil.example/repositories/7").respond(json={})
    [error], _, _ = send()
    assert isinstance(error, PermanentError)
    assert "evil.example" in str(error)
    assert not elsewhere.called


@respx.mock
def test_redirects_in_a_circle_are_given_up() -> None:
    respx.get(URL).respond(301, headers={"location": URL})
    [error], _, _ = send()
    assert "more than 5 times" in str(error)
