"""Lists of repositories: pages, readings that agree, what is stored, and what is refused."""

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from repo_stats.github import listings
from repo_stats.github.auth.credentials import App, Credentials
from repo_stats.github.errors import (
    CredentialsError,
    EndlessListError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from repo_stats.github.listings import Kind, ListedRepository, Listing
from repo_stats.simulator.accounts import Access
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.listings import read_listing


@pytest.fixture(autouse=True)
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "PER_PAGE", 2)


def shapes(names: str) -> list[Shape]:
    return [Shape(f"acme/{name}", 0, 0, 0) for name in names]


@pytest.fixture
def of_acme(simulate: Simulate) -> Simulate:
    """Makes a simulator of repositories of acme with one letter each, the first the oldest."""

    def make(names: str, **options: Any) -> Simulator:
        simulator = simulate(*shapes(names), **options)
        for day, name in enumerate(names, start=10):
            created = f"2026-01-{day}T00:00:00Z"
            find_repository(simulator, f"acme/{name}").object["created_at"] = created
        return simulator

    return make


def names_in(listing: Listing) -> str:
    return "".join(row.repo.removeprefix("acme/") for row in listing.rows)


def targets(simulator: Simulator) -> list[tuple[str, int]]:
    """The page numbers that were requested, with the status of each response."""
    return [(request.target.rpartition("=")[2], request.status) for request in simulator.log]


def test_a_row_has_what_filters_ask_for(simulate: Simulate) -> None:
    shape = Shape(
        *("Acme/rocket", 0, 0, 0),
        stars=77,
        visibility="internal",
        topics=("a", "b-c"),
        is_archived=True,
        is_fork=True,
    )
    simulator = simulate(shape)
    repository = find_repository(simulator, "acme/rocket")
    assert read_listing(simulator).rows == (
        ListedRepository(
            repo="Acme/rocket",
            repo_id=repository.id,
            node_id=repository.object["node_id"],
            stars=77,
            is_archived=True,
            is_fork=True,
            visibility="internal",
            topics=("a", "b-c"),
            pushed_at=datetime(2026, 9, 1, 12, tzinfo=timezone.utc),
        ),
    )
    [request] = simulator.log
    assert request.target == (
        "/orgs/acme/repos?type=all&sort=created&direction=asc&per_page=2&page=1"
    )


def test_a_list_of_one_page_is_read_once_and_one_of_several_until_two_readings_agree(
    of_acme: Simulate,
) -> None:
    simulator = of_acme("a")
    assert (names_in(read_listing(simulator)), targets(simulator)) == ("a", [("1", 200)])
    simulator = of_acme("abc")
    listing = read_listing(simulator)
    assert (names_in(listing), listing.is_settled) == ("abc", True)
    assert targets(simulator) == [("1", 200), ("2", 200), ("1", 304), ("2", 304)]
    assert sum(request.charged for request in simulator.log) == 2


def test_what_was_stored_counts_as_a_reading_and_costs_nothing_if_unchanged(
    of_acme: Simulate,
) -> None:
    simulator = of_acme("abc")
    stored = read_listing(simulator)
    simulator.log.clear()
    again = read_listing(simulator, stored=stored.pages)
    assert again == stored
    assert targets(simulator) == [("1", 304), ("2", 304)]
    find_repository(simulator, "acme/c").object["stargazers_count"] = 5
    simulator.log.clear()
    later = read_listing(simulator, stored=stored.pages)
    assert targets(simulator) == [("1", 304), ("2", 200)]
    assert [row.stars for row in later.rows] == [120, 120, 5]


def test_a_full_last_page_is_looked_past(of_acme: Simulate) -> None:
    simulator = of_acme("ab")
    stored = read_listing(simulator)
    assert [len(page.rows) for page in stored.pages] == [2, 0]
    # As if the ETag of the full page did not cover its link to the next one.
    first = replace(stored.pages[0], has_next=False)
    read_listing(simulator, stored=[first, *stored.pages[1:]])
    assert [page for page, _ in targets(simulator)] == ["1", "2"] * 3


@pytest.mark.parametrize("kind", [MutationKind.VANISH, MutationKind.MOVE_AWAY])
def test_a_row_that_moves_to_a_page_that_was_read_is_found_by_the_next_reading(
    of_acme: Simulate, kind: MutationKind
) -> None:
    simulator = of_acme("abcde", mutations=[Mutation(kind, 1, repo="acme/a", path="page=1")])
    listing = read_listing(simulator)
    assert (names_in(listing), listing.is_settled) == ("bcde", True)
    # The first reading missed c, which had moved to the first page.
    assert [page for page, _ in targets(simulator)] == ["1", "2", "3"] * 3


def test_a_list_that_changes_each_time_is_said_not_to_be_settled(of_acme: Simulate) -> None:
    changes = [Mutation(MutationKind.CREATE, n, repo="acme/a", path="page=1") for n in range(1, 9)]
    simulator = of_acme("abc", mutations=changes)
    listing = read_listing(simulator)
    assert not listing.is_settled
    assert len(listing.rows) > 3
    assert [page for page, _ in targets(simulator)].count("1") == listings.MOST_WALKS


def test_a_list_has_a_largest_number_of_repositories(
    of_acme: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "MOST_PAGES", 2)
    assert names_in(read_listing(of_acme("abc"))) == "abc"
    with pytest.raises(EndlessListError) as refusal:
        read_listing(of_acme("abcd"))
    assert str(refusal.value) == (
        "GitHub lists more than 4 repositories of the organisation acme, which is more than is "
        "read; write out those to watch as owner/name."
    )


def test_a_user_has_a_list(simulate: Simulate) -> None:
    simulator = simulate(Shape("ada/x", 0, 0, 0, owner_type="User"))
    assert [row.repo for row in read_listing(simulator, "user", "Ada").rows] == ["ada/x"]
    assert simulator.log[0].target.startswith("/users/Ada/repos?type=owner&")


def test_an_installation_has_a_list_which_only_the_app_reads(
    simulate: Simulate, private_key: str
) -> None:
    simulator = simulate(*shapes("abc"), access=Access(installed_on={7: "acme"}))
    app = Credentials((), App("1", "7", private_key))
    listing = read_listing(simulator, "installation", "", credentials=app)
    assert (sorted(names_in(listing)), listing.is_settled) == (["a", "b", "c"], True)
    with pytest.raises(PermanentError) as refusal:
        read_listing(simulator, "installation", "")
    assert str(refusal.value).startswith(
        "GitHub forbids reading the installation of the GitHub App (You must authenticate with an "
        "installation access token"
    )


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        (
            "org",
            "nobody",
            "GitHub does not know the organisation nobody; check the name, and whether it is "
            "meant as `user: nobody`.",
        ),
        (
            "user",
            "nobody",
            "GitHub does not know the user nobody; check the name, and whether it is meant as "
            "`org: nobody`.",
        ),
    ],
)
def test_an_unknown_account_is_told_in_a_sentence(
    of_acme: Simulate, kind: Kind, name: str, sentence: str
) -> None:
    with pytest.raises(NotFoundError) as refusal:
        read_listing(of_acme("a"), kind, name)
    assert str(refusal.value) == sentence


def test_a_token_that_is_refused_and_a_server_that_fails_are_told_of(
    of_acme: Simulate,
) -> None:
    with pytest.raises(CredentialsError, match="the organisation acme"):
        read_listing(of_acme("a", tokens=frozenset({"other"})))
    broken = of_acme("a", faults=[Fault(FaultKind.SERVER_ERROR, 1, 99)])
    with pytest.raises(TransientError, match="500 for the organisation acme"):
        read_listing(broken)
