"""Lists of repositories: whose they are, their pages and links, and who sees what."""

import httpx
import pytest

from repo_stats.simulator.accounts import Access
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.objects import make_owner
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.simulated_api import get, post

ACME = "/orgs/acme/repos"

SHAPES = [
    Shape("acme/rocket", 3, 2),
    Shape("acme/Attic", 0, 0, is_archived=True, topics=()),
    Shape("acme/fork", 0, 0, is_fork=True, topics=("c",)),
    Shape("acme/secret", 0, 0, visibility="private"),
    Shape("acme/inside", 0, 0, visibility="internal"),
    Shape("ada/notes", 0, 0, owner_type="User"),
    Shape("ada/diary", 0, 0, owner_type="User", visibility="private"),
]

TOKEN = {"authorization": "Bearer mine"}

BYNAME = "?sort=full_name"


@pytest.fixture
def github(simulate: Simulate) -> Simulator:
    return simulate(*SHAPES)


def names(response: httpx.Response) -> list[str]:
    body = response.json()
    listed = body["repositories"] if isinstance(body, dict) else body
    return [item["full_name"].partition("/")[2] for item in listed]


def test_an_organisation_lists_what_the_caller_sees(github: Simulator) -> None:
    [anonymous] = get(github, ACME + BYNAME)
    [authorized] = get(github, "/orgs/ACME/repos" + BYNAME, **TOKEN)
    assert names(anonymous) == ["Attic", "fork", "rocket"]
    assert names(authorized) == ["Attic", "fork", "inside", "rocket", "secret"]


def test_a_token_may_see_public_repositories_only(simulate: Simulate) -> None:
    github = simulate(*SHAPES, access=Access(private=frozenset({"other"})))
    listed, hidden, shown = get(github, ACME, "/repos/acme/secret", "/repos/acme/rocket", **TOKEN)
    assert "secret" not in names(listed)
    assert (hidden.status_code, shown.status_code) == (404, 200)
    [hidden] = get(github, "/repos/acme/secret")
    [seen] = get(github, "/repos/acme/secret", authorization="Bearer other")
    assert (hidden.status_code, seen.status_code) == (404, 200)


def test_a_user_lists_only_public_repositories_also_for_a_token(github: Simulator) -> None:
    user, organization = get(github, "/users/Ada/repos", "/users/acme/repos", **TOKEN)
    assert names(user) == ["notes"]
    assert names(organization) == ["Attic", "fork", "rocket"]


@pytest.mark.parametrize("path", ["/orgs/none/repos", "/users/none/repos", "/orgs/ada/repos"])
def test_an_unknown_account_and_a_user_asked_for_as_an_organisation_are_missing(
    github: Simulator, path: str
) -> None:
    [missing] = get(github, path, **TOKEN)
    assert (missing.status_code, missing.json()["message"]) == (404, "Not Found")


def test_an_item_shows_its_state_and_no_number_of_subscribers(github: Simulator) -> None:
    [listed] = get(github, ACME + BYNAME, **TOKEN)
    attic, fork, inside, rocket, secret = listed.json()
    assert [attic[key] for key in ("archived", "fork", "private", "topics")] == [
        *(True, False, False, []),
    ]
    assert (fork["fork"], fork["topics"]) == (True, ["c"])
    assert [item["visibility"] for item in (inside, rocket, secret)] == [
        *("internal", "public", "private"),
    ]
    assert (inside["private"], secret["private"]) == (True, True)
    assert rocket["open_issues_count"] == 3
    assert "subscribers_count" not in rocket
    assert {item["owner"]["id"] for item in listed.json()} == {make_owner("ACME")["id"]}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("forks", ["fork"]),
        ("sources", ["Attic", "inside", "rocket", "secret"]),
        ("private", ["inside", "secret"]),
        ("public", ["Attic", "fork", "rocket"]),
        ("anything", ["Attic", "fork", "inside", "rocket", "secret"]),
    ],
)
def test_a_list_may_be_of_one_type(github: Simulator, kind: str, expected: list[str]) -> None:
    [listed] = get(github, f"{ACME}{BYNAME}&type={kind}", **TOKEN)
    assert names(listed) == expected


def test_pages_name_their_neighbours_the_first_and_the_last_by_number(simulate: Simulate) -> None:
    github = simulate(*(Shape(f"acme/r{n:02}", 0, 0) for n in range(31)))
    number = make_owner("acme")["id"]
    base = f"http://github/organizations/{number}/repos?"
    whole, first, middle, last, past = get(
        github,
        "/orgs/acme/repos",
        *(f"{ACME}?per_page=15&type=all&page={page}" for page in (1, 2, 3, 4)),
    )
    assert [len(page.json()) for page in (whole, first, middle, last, past)] == [30, 15, 15, 1, 0]
    assert whole.headers["link"] == f'<{base}page=2>; rel="next", <{base}page=2>; rel="last"'
    links = {rel: link["url"].removeprefix(base) for rel, link in middle.links.items()}
    query = "per_page=15&type=all&page="
    assert links == {
        rel: f"{query}{n}" for rel, n in (("prev", 1), ("next", 3), ("last", 3), ("first", 1))
    }
    assert set(first.links) == {"last", "next"}
    assert set(last.links) == {"first", "prev"}
    assert set(past.links) == {"first", "prev"}
    assert names(get(github, middle.links["next"]["url"])[0]) == names(last)
    assert len({name for page in (first, middle, last) for name in names(page)}) == 31


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("per_page=0", 30),
        ("per_page=-3", 30),
        ("per_page=x", 30),
        ("per_page=500", 100),
        ("page=0", 30),
    ],
)
def test_odd_numbers_of_pages_are_read_as_github_does(
    simulate: Simulate, query: str, count: int
) -> None:
    github = simulate(*(Shape(f"acme/r{n}", 0, 0, 0) for n in range(101)))
    [listed] = get(github, f"{ACME}?{query}")
    assert len(listed.json()) == count


def test_lists_have_orders(simulate: Simulate) -> None:
    github = simulate(*(Shape(f"acme/{name}", 0, 0) for name in "bac"))
    for day, name in enumerate("bca"):
        find_repository(github, f"acme/{name}").object["created_at"] = (
            f"2026-01-0{day + 1}T00:00:00Z"
        )
    queries = (
        "",
        "?sort=nothing",
        "?direction=asc",
        "?sort=full_name",
        "?sort=full_name&direction=desc",
    )
    assert ["".join(names(page)) for page in get(github, *(ACME + query for query in queries))] == [
        *("acb", "acb", "bca", "abc", "cba"),
    ]


def test_a_list_has_a_validator_which_covers_stars(github: Simulator) -> None:
    [before] = get(github, ACME)
    [same] = get(github, ACME, **{"if-none-match": before.headers["etag"]})
    assert same.status_code == 304
    find_repository(github, "acme/rocket").object["stargazers_count"] += 1
    [after] = get(github, ACME, **{"if-none-match": before.headers["etag"]})
    assert after.status_code == 200


def test_only_an_installation_lists_its_repositories(simulate: Simulate) -> None:
    access = Access(private=frozenset(), installed_on={7: "ada"})
    github = simulate(*SHAPES, access=access)
    path = "/installation/repositories"
    [anonymous] = get(github, path)
    [refused] = get(github, path, **TOKEN)
    assert (anonymous.status_code, refused.status_code) == (401, 403)
    assert refused.json()["message"].startswith("You must authenticate with an installation")
    listed = {}
    for installation in (7, 8):
        url = f"/app/installations/{installation}/access_tokens"
        token = post(github, url, "Bearer a.b.c").json()["token"]
        [listed[installation]] = get(github, f"{path}?per_page=2", authorization=f"Bearer {token}")
    assert listed[7].json()["total_count"] == 2
    assert sorted(names(listed[7])) == ["diary", "notes"]
    assert (listed[8].json()["total_count"], len(names(listed[8]))) == (7, 2)
    assert listed[8].links["last"]["url"] == f"http://github{path}?per_page=2&page=4"


def test_lists_are_at_an_enterprise_server_too(github: Simulator) -> None:
    [listed] = get(github, f"/api/v3{ACME}?per_page=1")
    number = make_owner("acme")["id"]
    assert listed.links["next"]["url"].startswith(
        f"http://github/api/v3/organizations/{number}/repos?"
    )
    assert get(github, listed.links["next"]["url"])[0].status_code == 200


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (MutationKind.CREATE, ["r"], ["r", "r-2"]),
        (MutationKind.MOVE_AWAY, ["r"], []),
        (MutationKind.RENAME, ["r"], ["r-2"]),
        (MutationKind.VANISH, ["r"], []),
        (MutationKind.ARCHIVE, ["r"], ["r"]),
    ],
)
def test_lists_change_after_a_response(
    simulate: Simulate, kind: MutationKind, before: list[str], after: list[str]
) -> None:
    github = simulate(Shape("acme/r", 0, 0), mutations=[Mutation(kind, 1, path=ACME)])
    first, second = get(github, ACME + BYNAME, ACME + BYNAME)
    assert (names(first), names(second)) == (before, after)
    archived = [item["archived"] for item in second.json()]
    assert archived == [kind is MutationKind.ARCHIVE] * len(after)
    [number] = {item["id"] for item in first.json()}
    [found] = get(github, "/repos/acme/r")
    assert found.status_code == {MutationKind.MOVE_AWAY: 301, MutationKind.RENAME: 301}.get(
        kind, 404 if kind is MutationKind.VANISH else 200
    )
    if kind is MutationKind.MOVE_AWAY:
        [moved] = get(github, "/orgs/elsewhere/repos")
        assert [item["id"] for item in moved.json()] == [number]


def test_a_missing_repository_is_not_listed(github: Simulator) -> None:
    find_repository(github, "acme/rocket").trouble = Trouble.MISSING
    assert names(get(github, ACME + BYNAME)[0]) == ["Attic", "fork"]
