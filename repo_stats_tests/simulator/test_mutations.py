"""Changes while the simulated GitHub is read."""

import json
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from repo_stats.cli.commands import main
from repo_stats.simulator.changes import find_issue, touch_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.recorded import load_recorded
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import star
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get, numbers
from repo_stats_tests.helpers.simulated_changes import (
    NOW,
    STAMP,
    after,
    in_state,
    only_repository,
)

OLDEST_FIRST = f"{ISSUES}?per_page=20&direction=asc"


@pytest.mark.parametrize("kind", [MutationKind.CLOSE, MutationKind.DELETE, MutationKind.TRANSFER])
def test_an_item_that_leaves_between_two_pages_hides_one_that_nobody_touched(
    still_rocket: Simulate, kind: MutationKind
) -> None:
    simulator = still_rocket(after(kind))
    opened = [issue["number"] for issue in in_state(only_repository(simulator), "open")]
    first, second = get(simulator, OLDEST_FIRST, f"{OLDEST_FIRST}&page=2")
    assert numbers(first) == opened[:20]
    assert numbers(second) == opened[21:41]
    [by_cursor] = get(simulator, first.links["next"]["url"])
    assert numbers(by_cursor) == opened[20:40]


def test_a_new_item_between_two_pages_gives_a_duplicate(still_rocket: Simulate) -> None:
    simulator = still_rocket(after(MutationKind.OPEN))
    first, second = get(simulator, f"{ISSUES}?per_page=20", f"{ISSUES}?per_page=20&page=2")
    assert numbers(first)[-1] == numbers(second)[0]
    [newest] = get(simulator, f"{ISSUES}?per_page=1")
    [issue] = newest.json()
    assert (issue["created_at"], issue["updated_at"], issue["closed_at"]) == (STAMP, STAMP, None)
    assert issue["number"] == max(i["number"] for i in only_repository(simulator).issues)


def test_an_item_touched_behind_a_cursor_comes_again_at_the_end(still_rocket: Simulate) -> None:
    url = f"{ISSUES}?per_page=20&sort=updated&direction=asc"
    simulator = still_rocket()
    [first] = get(simulator, url)
    touched = numbers(first)[0]
    touch_issue(only_repository(simulator), touched, NOW)
    seen = []
    link = first.links["next"]["url"]
    while link:
        [page] = get(simulator, link)
        seen += numbers(page)
        link = page.links.get("next", {}).get("url", "")
    assert seen[-1] == touched
    assert len({*seen, *numbers(first)}) == 45


def test_a_change_after_a_response_is_found_by_the_date_of_that_response(
    still_rocket: Simulate,
) -> None:
    simulator = still_rocket(after(MutationKind.CLOSE))
    [response] = get(simulator, OLDEST_FIRST)
    date = parsedate_to_datetime(response.headers["date"])
    assert f"{date:%Y-%m-%dT%H:%M:%SZ}" == STAMP
    [changed] = get(simulator, f"{ISSUES}?state=all&since={STAMP}")
    assert numbers(changed) == numbers(response)[:1]


def test_a_mutation_waits_for_responses_to_the_path_it_names(still_rocket: Simulate) -> None:
    simulator = still_rocket(after(MutationKind.STAR, 2, path="/issues"))
    before, _, _, still, _, starred = get(simulator, URL, ISSUES, "/no", URL, ISSUES, URL)
    counts = [response.json()["stargazers_count"] for response in (before, still, starred)]
    assert counts == [120, 120, 121]


def test_a_mutation_can_name_a_repository_that_was_not_requested(
    simulate: Simulate,
) -> None:
    mutations = [after(MutationKind.STAR, repo="acme/b"), after(MutationKind.STAR, path="/acme/a")]
    simulator = simulate(Shape("acme/a", 1, 1), Shape("acme/b", 1, 1), mutations=mutations)
    get(simulator, "/rate_limit", "/repos/acme/a")
    stars = [r.object["stargazers_count"] for r in simulator.world.repositories.values()]
    assert stars == [121, 121]


def test_mutations_scheduled_later_count_the_responses_from_then_on(still_rocket: Simulate) -> None:
    simulator = still_rocket()
    get(simulator, URL, URL)
    simulator.schedule(after(MutationKind.STAR, 2))
    _, before, starred = get(simulator, URL, URL, URL)
    assert (before.json()["watchers"], starred.json()["watchers"]) == (120, 121)


@pytest.mark.parametrize(("index", "hit"), [(0, 0), (44, 44), (45, 0), (-1, 44)])
def test_the_item_is_chosen_by_its_place_in_the_order_of_creation(
    still_rocket: Simulate, index: int, hit: int
) -> None:
    simulator = still_rocket(after(MutationKind.CLOSE, index=index))
    expected = in_state(only_repository(simulator), "open")[hit]["number"]
    get(simulator, URL)
    assert find_issue(only_repository(simulator), expected)["state"] == "closed"


@pytest.mark.parametrize(
    "kind", [k for k in MutationKind if k.value in ("close", "reopen", "touch", "delete")]
)
def test_a_mutation_with_nothing_to_hit_does_nothing(
    simulate: Simulate, kind: MutationKind
) -> None:
    simulator = simulate(
        Shape("acme/void", 0, 0, closed_items=0),
        mutations=[after(kind), after(kind, repo="no/body")],
    )
    [described] = get(simulator, "/repos/acme/void")
    assert described.status_code == 200
    assert only_repository(simulator).issues == []


def test_the_first_item_of_an_empty_repository_is_a_newcomers(
    simulate: Simulate,
) -> None:
    simulator = simulate(
        Shape("acme/void", 0, 0, closed_items=0), mutations=[after(MutationKind.OPEN)]
    )
    get(simulator, "/repos/acme/void")
    [issue] = only_repository(simulator).issues
    assert (issue["user"]["login"], issue["number"]) == ("newcomer", 1)


def test_a_rename_redirects_the_requests_after_it(still_rocket: Simulate) -> None:
    simulator = still_rocket(
        after(MutationKind.RENAME), after(MutationKind.RENAME, 2, repo="acme/rocket")
    )
    first, moved = get(simulator, URL, URL)
    assert (first.status_code, moved.status_code) == (200, 301)
    [found] = get(simulator, moved.headers["location"])
    assert found.json()["full_name"] == "acme/rocket-2-2"


def test_a_name_that_is_taken_over_belongs_to_another_repository(still_rocket: Simulate) -> None:
    simulator = still_rocket(after(MutationKind.TAKE_OVER))
    old, new = get(simulator, URL, URL)
    assert (new.status_code, new.json()["full_name"]) == (200, "acme/rocket")
    assert new.json()["id"] != old.json()["id"]
    [by_number] = get(simulator, f"/repositories/{old.json()['id']}")
    assert by_number.json()["full_name"] == "acme/rocket-2"
    assert set(simulator.truth) == {old.json()["id"], new.json()["id"]}


def test_a_repository_that_vanishes_is_404_under_name_and_number(still_rocket: Simulate) -> None:
    simulator = still_rocket(after(MutationKind.VANISH))
    number = only_repository(simulator).id
    responses = get(simulator, ISSUES, URL, ISSUES, f"/repositories/{number}")
    assert [response.status_code for response in responses] == [200, 404, 404, 404]


def test_a_star_does_not_change_the_validator(still_rocket: Simulate) -> None:
    simulator = still_rocket(after(MutationKind.STAR))
    before, starred = get(simulator, URL, URL)
    assert starred.json()["stargazers_count"] == before.json()["stargazers_count"] + 1
    assert starred.headers["etag"] == before.headers["etag"]
    star(only_repository(simulator), NOW)
    assert get(simulator, URL)[0].json()["watchers_count"] == 122


@pytest.mark.parametrize(
    ("text", "mutation"),
    [
        ("close@3", Mutation(MutationKind.CLOSE, 3)),
        ("take_over@1:/issues", Mutation(MutationKind.TAKE_OVER, 1, path="/issues")),
    ],
)
def test_a_mutation_can_be_written_as_text(text: str, mutation: Mutation) -> None:
    assert Mutation.parse(text) == mutation


@pytest.mark.parametrize("text", ["", "close", "close@", "close@0", "boom@1", "close@x:/issues"])
def test_what_is_no_mutation_is_refused_with_the_kinds(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^{text!r} is no mutation; .* open, close, reopen"):
        Mutation.parse(text)


def test_a_bad_mutation_on_the_command_line_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["simulate", "--port", "0", "--mutate", "boom@1"])
    assert result.exit_code == 2
    assert "'boom@1' is no mutation" in result.output


def test_recorded_items_can_be_mutated_too(tmp_path: Path) -> None:
    repository = generated(Shape("acme/rocket", 3, 1, closed_items=0))
    (tmp_path / "repo.json").write_text(json.dumps(repository.describe()))
    lines = [json.dumps(issue) for issue in repository.issues]
    (tmp_path / "issues.jsonl").write_text("\n".join(lines))
    world = World.of([load_recorded(tmp_path)])
    simulator = Simulator(world, mutations=[after(MutationKind.CLOSE)])
    first, second = get(simulator, ISSUES, ISSUES)
    assert (len(first.json()), len(second.json())) == (3, 2)
