"""Redirects: followed on the same host, refused on any other."""

import pytest
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
    [error], client, _ = send()
    assert isinstance(error, PermanentError)
    assert str(error) == (
        "GitHub redirected the request for a/b more than 5 times; check its name."
    )
    assert client.usage.requests == 6


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@respx.mock
def test_every_kind_of_redirect_is_followed(status: int) -> None:
    respx.get(URL).respond(status, headers={"location": "/repositories/7"})
    respx.get(f"{API}/repositories/7").respond(json={"id": 7})
    [response], client, _ = send()
    assert response.body == {"id": 7}
    assert client.usage.status_counts == {"200": 1, str(status): 1}


@pytest.mark.parametrize(
    ("status", "headers"),
    [(300, {"location": f"{API}/x"}), (404, {"location": f"{API}/x"}), (301, {})],
)
@respx.mock
def test_what_is_no_redirect_or_leads_nowhere_is_a_refusal(
    status: int, headers: dict[str, str]
) -> None:
    respx.get(URL).respond(status, headers=headers)
    [error], client, _ = send()
    assert isinstance(error, PermanentError)
    assert client.usage.requests == 1


@respx.mock
def test_a_success_that_names_a_place_is_the_response() -> None:
    respx.get(URL).respond(201, json={"id": 7}, headers={"location": f"{API}/x"})
    [response], _, _ = send()
    assert response.body == {"id": 7}
