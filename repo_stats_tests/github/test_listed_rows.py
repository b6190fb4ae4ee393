"""Rows of lists of repositories: what a server may tell, and what is no list."""

from typing import Any

import httpx
import pytest

from repo_stats.github.errors import TransientError
from repo_stats.github.listings import ListedRepository
from repo_stats_tests.helpers.listings import read_listing


def answering(body: Any) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(200, json=body))


ITEM = {"id": 7, "full_name": "acme/a", "stargazers_count": 0}


def test_a_server_that_tells_little_of_a_repository_is_understood() -> None:
    assert read_listing(answering([ITEM])).rows == (ListedRepository("acme/a", 7),)
    [private] = read_listing(answering([{**ITEM, "private": True, "topics": None}])).rows
    assert private.visibility == "private"
    [odd] = read_listing(answering([{**ITEM, "private": True, "visibility": "public"}])).rows
    assert odd.visibility == "private"


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([3], "no object"),
        ([{**ITEM, "id": 0}], "'id' is below 1"),
        ([{**ITEM, "full_name": "acme"}], "'full_name' is no owner/name"),
        ([{**ITEM, "stargazers_count": None}], "'stargazers_count' is null"),
        ([{**ITEM, "archived": "no"}], "'archived' is a text"),
        ([{**ITEM, "topics": [4]}], "'name' is a number"),
        ([{**ITEM, "pushed_at": "today"}], "'pushed_at' is no time with a zone"),
        ([ITEM, ITEM], "a repository is there twice"),
    ],
)
def test_a_garbled_page_is_no_list(items: list[Any], reason: str) -> None:
    with pytest.raises(TransientError) as refusal:
        read_listing(answering(items))
    assert str(refusal.value) == (
        "A page of the repositories of the organisation acme holds something that is no "
        f"repository ({reason}); try again later."
    )


def test_an_object_without_repositories_is_no_list_of_an_installation() -> None:
    with pytest.raises(TransientError, match=r"no repository \(no 'repositories'\)"):
        read_listing(answering({"total_count": 3}), "installation", "")
