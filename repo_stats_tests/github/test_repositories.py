"""Repositories' own objects: their rows, and names that belong to another repository now."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import (
    CredentialsError,
    GitHubError,
    NotFoundError,
    TakenOverError,
    UnreachableError,
)
from repo_stats.github.parsing import RepoMetadataRow
from repo_stats.github.repositories import read_repositories
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

API = "https://api.example"


def repository(number: int, name: str) -> httpx.Response:
    counters = dict.fromkeys(("stargazers_count", "forks_count", "open_issues_count"), number)
    body = {**counters, "id": number, "full_name": name}
    return httpx.Response(200, json=body, headers={"etag": f'"{number}"'})


def read(
    answers: Mapping[str, httpx.Response | Exception], known_ids: Mapping[str, int | None]
) -> tuple[list[RepoMetadataRow], dict[str, GitHubError], list[str]]:
    """Read repositories; gives rows, errors, and the names of the rows that were told of."""
    told: list[str] = []
    time = FakeTime()

    def answer(request: httpx.Request) -> httpx.Response:
        found = answers.get(request.url.path, httpx.Response(404))
        if isinstance(found, Exception):
            raise found
        return found

    async def run() -> Any:
        async with GitHubClient(
            API, "tok", transport=httpx.MockTransport(answer), clock=time, sleep=time.sleep
        ) as client:
            return await read_repositories(client, known_ids, lambda row: told.append(row["repo"]))

    rows, errors = asyncio.run(run())
    return rows, errors, told


def test_rows_come_in_order_with_what_they_were_read_from() -> None:
    answers = {"/repos/a/b": repository(7, "A/B"), "/repos/c/d": repository(8, "c/d")}
    rows, errors, told = read(answers, {"c/d": 8, "a/b": None})
    assert [(row["repo"], row["full_name"], row["repo_id"], row["stars"]) for row in rows] == [
        ("c/d", "c/d", 8, 8),
        ("a/b", "A/B", 7, 7),
    ]
    assert [(row["url"], row["etag"]) for row in rows] == [
        (f"{API}/repos/c/d", '"8"'),
        (f"{API}/repos/a/b", '"7"'),
    ]
    assert [row["validated_at"] for row in rows] == [datetime.fromtimestamp(NOON, timezone.utc)] * 2
    assert (errors, sorted(told)) == ({}, ["a/b", "c/d"])


def test_a_repository_that_cannot_be_read_keeps_no_other_from_its_row() -> None:
    rows, errors, told = read({"/repos/c/d": repository(8, "c/d")}, {"a/b": 7, "c/d": 8})
    assert ([row["repo"] for row in rows], told) == (["c/d"], ["c/d"])
    assert {repo: type(error) for repo, error in errors.items()} == {"a/b": NotFoundError}


@pytest.mark.parametrize(
    ("elsewhere", "whereabouts"),
    [
        (repository(7, "a/moved"), "is called a/moved now"),
        (httpx.Response(404), "cannot be found"),
        (httpx.Response(500), "cannot be found"),
        (httpx.Response(200, json={"id": 7}), "cannot be found"),
    ],
)
def test_a_name_that_belongs_to_another_repository_gives_no_row_and_says_where_the_old_one_is(
    elsewhere: httpx.Response, whereabouts: str
) -> None:
    answers = {"/repos/a/b": repository(9, "a/b"), "/repositories/7": elsewhere}
    rows, errors, told = read(answers, {"a/b": 7})
    assert (rows, told) == ([], [])
    assert type(errors["a/b"]) is TakenOverError
    assert str(errors["a/b"]) == (
        "The name a/b belongs to another repository now (number 9); the one watched so far "
        f"(number 7) {whereabouts}. Change the name in the watchlist, or refresh a/b with force to "
        "watch the new repository instead."
    )


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(httpx.ConnectError("refused"), UnreachableError), (httpx.Response(401), CredentialsError)],
)
def test_what_concerns_all_repositories_is_not_taken_for_one_that_is_gone(
    failure: httpx.Response | Exception, kind: type[GitHubError]
) -> None:
    answers = {"/repos/a/b": repository(9, "a/b"), "/repositories/7": failure}
    with pytest.raises(kind):
        read(answers, {"a/b": 7})
