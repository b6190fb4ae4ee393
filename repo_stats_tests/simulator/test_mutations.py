"""Changes while the simulated GitHub is read, and the record of what was true meanwhile."""

import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from repo_stats.cli.commands import main
from repo_stats.simulator.changes import (
    close_issue,
    delete_issue,
    find_issue,
    open_issue,
    reopen_issue,
    star,
    touch_issue,
)
from repo_stats.simulator.generator import LATEST, Shape, generate_repository
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.recorded import load_recorded
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.truth import OpenHistory
from repo_stats.simulator.world import JsonObject, Repository, World
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get, numbers

NOW = LATEST.timestamp() + 86_400.7


STAMP = "2026-09-02T12:00:00Z"


OLDEST_FIRST = f"{ISSUES}?per_page=20&direction=asc"


MakeRocket = Callable[..., Simulator]


@pytest.fixture
def rocket(simulate: Callable[..., Simulator]) -> MakeRocket:
    """A repository of 45 open items and two closed ones, at a time that stands still."""

    def make(*mutations: Mutation, **options: object) -> Simulator:
        shape = Shape("acme/rocket", 45, 5, closed_items=2)
        return simulate(shape, mutations=mutations, clock=lambda: NOW, **options)

    return make


@pytest.fixture
def repository() -> Repository:
    return generate_repository(Shape("acme/rocket", 45, 5, closed_items=2))


def only_repository(simulator: Simulator) -> Repository:
    [repository] = simulator.world.repositories.values()
    return repository


def in_state(repository: Repository, state: str) -> list[JsonObject]:
    """The issues in a state, the oldest first."""
    chosen = [issue for issue in repository.issues if issue["state"] == state]
    return sorted(chosen, key=lambda issue: (issue["created_at"], issue["id"]))


def after(kind: MutationKind, answer: int = 1, **options: Any) -> Mutation:
    return Mutation(kind, answer, **options)


@pytest.mark.parametrize("kind", [MutationKind.CLOSE, MutationKind.DELETE, MutationKind.TRANSFER])
def test_an_item_that_leaves_between_two_pages_hides_one_that_nobody_touched(
    rocket: MakeRocket, kind: MutationKind
) -> None:
    simulator = rocket(after(kind))
    opened = [issue["number"] for issue in in_state(only_repository(simulator), "open")]
    first, second = get(simulator, OLDEST_FIRST, f"{OLDEST_FIRST}&page=2")
    assert numbers(first) == opened[:20]
    assert numbers(second) == opened[21:41]
    [by_cursor] = get(simulator, first.links["next"]["url"])
    assert numbers(by_cursor) == opened[20:40]


def test_a_new_item_between_two_pages_gives_a_duplicate(rocket: MakeRocket) -> None:
    simulator = rocket(after(MutationKind.OPEN))
    first, second = get(simulator, f"{ISSUES}?per_page=20", f"{ISSUES}?per_page=20&page=2")
    assert numbers(first)[-1] == numbers(second)[0]
    [newest] = get(simulator, f"{ISSUES}?per_page=1")
    [issue] = newest.json()
    assert (issue["created_at"], issue["updated_at"], issue["closed_at"]) == (STAMP, STAMP, None)
    assert issue["number"] == max(i["number"] for i in only_repository(simulator).issues)


def test_an_item_touched_behind_a_cursor_comes_again_at_the_end(rocket: MakeRocket) -> None:
    url = f"{ISSUES}?per_page=20&sort=updated&direction=asc"
    simulator = rocket()
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


def test_a_change_after_an_answer_is_found_by_the_date_of_that_answer(rocket: MakeRocket) -> None:
    simulator = rocket(after(MutationKind.CLOSE))
    [answer] = get(simulator, OLDEST_FIRST)
    told = parsedate_to_datetime(answer.headers["date"])
    assert f"{told:%Y-%m-%dT%H:%M:%SZ}" == STAMP
    [changed] = get(simulator, f"{ISSUES}?state=all&since={STAMP}")
    assert numbers(changed) == numbers(answer)[:1]


def test_a_mutation_waits_for_answers_to_the_path_it_names(rocket: MakeRocket) -> None:
    simulator = rocket(after(MutationKind.STAR, 2, path="/issues"))
    before, _, _, still, _, starred = get(simulator, URL, ISSUES, "/no", URL, ISSUES, URL)
    counts = [answer.json()["stargazers_count"] for answer in (before, still, starred)]
    assert counts == [120, 120, 121]


def test_a_mutation_can_name_a_repository_that_was_not_asked_for(
    simulate: Callable[..., Simulator],
) -> None:
    mutations = [after(MutationKind.STAR, repo="acme/b"), after(MutationKind.STAR, path="/acme/a")]
    simulator = simulate(Shape("acme/a", 1, 1), Shape("acme/b", 1, 1), mutations=mutations)
    get(simulator, "/rate_limit", "/repos/acme/a")
    stars = [r.object["stargazers_count"] for r in simulator.world.repositories.values()]
    assert stars == [121, 121]


def test_mutations_scheduled_later_count_the_answers_from_then_on(rocket: MakeRocket) -> None:
    simulator = rocket()
    get(simulator, URL, URL)
    simulator.schedule(after(MutationKind.STAR, 2))
    _, before, starred = get(simulator, URL, URL, URL)
    assert (before.json()["watchers"], starred.json()["watchers"]) == (120, 121)


@pytest.mark.parametrize(("index", "hit"), [(0, 0), (44, 44), (45, 0), (-1, 44)])
def test_the_item_is_chosen_by_its_place_in_the_order_of_creation(
    rocket: MakeRocket, index: int, hit: int
) -> None:
    simulator = rocket(after(MutationKind.CLOSE, index=index))
    expected = in_state(only_repository(simulator), "open")[hit]["number"]
    get(simulator, URL)
    assert find_issue(only_repository(simulator), expected)["state"] == "closed"


@pytest.mark.parametrize(
    "kind", [k for k in MutationKind if k.value in ("close", "reopen", "touch", "delete")]
)
def test_a_mutation_with_nothing_to_hit_does_nothing(
    simulate: Callable[..., Simulator], kind: MutationKind
) -> None:
    simulator = simulate(
        Shape("acme/void", 0, 0, closed_items=0),
        mutations=[after(kind), after(kind, repo="no/body")],
    )
    [described] = get(simulator, "/repos/acme/void")
    assert described.status_code == 200
    assert only_repository(simulator).issues == []


def test_the_first_item_of_an_empty_repository_is_a_newcomers(
    simulate: Callable[..., Simulator],
) -> None:
    simulator = simulate(
        Shape("acme/void", 0, 0, closed_items=0), mutations=[after(MutationKind.OPEN)]
    )
    get(simulator, "/repos/acme/void")
    [issue] = only_repository(simulator).issues
    assert (issue["user"]["login"], issue["number"]) == ("newcomer", 1)


def test_an_issue_is_closed_and_reopened_as_on_github(repository: Repository) -> None:
    issue = next(i for i in repository.issues if "pull_request" not in i)
    close_issue(repository, issue["number"], NOW)
    told = [issue[key] for key in ("state", "state_reason", "closed_at", "updated_at")]
    assert told == ["closed", "completed", STAMP, STAMP]
    reopen_issue(repository, issue["number"], NOW + 1)
    told = [issue[key] for key in ("state", "state_reason", "closed_at", "updated_at")]
    assert told == ["open", "reopened", None, "2026-09-02T12:00:01Z"]


def test_a_pull_request_has_no_reason_for_its_state(repository: Repository) -> None:
    number = next(i["number"] for i in repository.issues if "pull_request" in i)
    assert close_issue(repository, number, NOW)["state_reason"] is None
    assert reopen_issue(repository, number, NOW)["state_reason"] is None


def test_a_touch_changes_title_comments_and_time_but_not_the_state(repository: Repository) -> None:
    before = dict(repository.issues[0])
    issue = touch_issue(repository, before["number"], NOW)
    assert {key for key in issue if issue[key] != before[key]} == {
        *("title", "comments", "updated_at"),
    }
    assert issue["updated_at"] == STAMP


def test_numbers_and_ids_are_never_given_again(repository: Repository) -> None:
    issue = open_issue(repository, NOW)
    delete_issue(repository, issue["number"])
    another = open_issue(repository, NOW)
    assert another["number"] == issue["number"] + 1
    assert another["id"] != issue["id"]
    with pytest.raises(KeyError):
        close_issue(repository, issue["number"], NOW)


def test_a_rename_in_between_redirects_what_comes_after(rocket: MakeRocket) -> None:
    simulator = rocket(
        after(MutationKind.RENAME), after(MutationKind.RENAME, 2, repo="acme/rocket")
    )
    first, moved = get(simulator, URL, URL)
    assert (first.status_code, moved.status_code) == (200, 301)
    [found] = get(simulator, moved.headers["location"])
    assert found.json()["full_name"] == "acme/rocket-2-2"


def test_a_name_that_is_taken_over_belongs_to_another_repository(rocket: MakeRocket) -> None:
    simulator = rocket(after(MutationKind.TAKE_OVER))
    old, new = get(simulator, URL, URL)
    assert (new.status_code, new.json()["full_name"]) == (200, "acme/rocket")
    assert new.json()["id"] != old.json()["id"]
    [by_number] = get(simulator, f"/repositories/{old.json()['id']}")
    assert by_number.json()["full_name"] == "acme/rocket-2"
    assert set(simulator.truth) == {old.json()["id"], new.json()["id"]}


def test_a_repository_that_vanishes_is_404_under_name_and_number(rocket: MakeRocket) -> None:
    simulator = rocket(after(MutationKind.VANISH))
    number = only_repository(simulator).id
    answers = get(simulator, ISSUES, URL, ISSUES, f"/repositories/{number}")
    assert [answer.status_code for answer in answers] == [200, 404, 404, 404]


def test_a_star_does_not_change_the_validator(rocket: MakeRocket) -> None:
    simulator = rocket(after(MutationKind.STAR))
    before, starred = get(simulator, URL, URL)
    assert starred.json()["stargazers_count"] == before.json()["stargazers_count"] + 1
    assert starred.headers["etag"] == before.headers["etag"]
    star(only_repository(simulator))
    assert get(simulator, URL)[0].json()["watchers_count"] == 122


def test_the_truth_tells_which_sets_were_open_between_two_answers(rocket: MakeRocket) -> None:
    simulator = rocket(
        after(MutationKind.CLOSE),
        after(MutationKind.TOUCH, 2),
        after(MutationKind.OPEN, 3),
        after(MutationKind.REOPEN, 4),
    )
    repository = only_repository(simulator)
    start = repository.open_ids()
    oldest = in_state(repository, "open")[0]["id"]
    get(simulator, *[URL] * 5)
    truth = simulator.truth[repository.id]
    assert truth.between(1, 1) == [start]
    assert truth.between(1, 2) == [start, start - {oldest}]
    assert truth.between(2, 3) == [start - {oldest}]
    assert [len(ids) for ids in truth.between(3, 5)] == [44, 45, 46]
    assert truth.between(5, 5) == [repository.open_ids()]
    assert [request.number for request in simulator.log] == [1, 2, 3, 4, 5]
    assert truth.between_times(NOW, NOW)[0] == start
    assert truth.between_times(NOW + 1, NOW + 2) == [repository.open_ids()]


def test_the_truth_is_kept_only_when_something_is_to_change(rocket: MakeRocket) -> None:
    simulator = rocket()
    get(simulator, URL)
    assert simulator.truth == {}
    simulator.record_truth()
    repository = only_repository(simulator)
    close_issue(repository, in_state(repository, "open")[0]["number"], NOW)
    simulator.record_truth()
    assert [len(ids) for ids in simulator.truth[repository.id].between(1, 2)] == [45, 44]
    assert [len(ids) for ids in simulator.truth[repository.id].between(2, 2)] == [44]
    assert [len(ids) for _, ids in simulator.truth[repository.id].sets()] == [45, 44]


def test_a_history_keeps_what_changed_and_gives_whole_sets() -> None:
    history = OpenHistory()
    for answers, ids in enumerate([{1, 2}, {1, 2}, {2, 3}, set()]):
        history.record(answers, float(answers), frozenset(ids))
    assert [change.answers for change in history.changes] == [0, 2, 3]
    assert [set(ids) for _, ids in history.sets()] == [{1, 2}, {2, 3}, set()]


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
    repository = generate_repository(Shape("acme/rocket", 3, 1, closed_items=0))
    (tmp_path / "repo.json").write_text(json.dumps(repository.describe()))
    lines = [json.dumps(issue) for issue in repository.issues]
    (tmp_path / "issues.jsonl").write_text("\n".join(lines))
    world = World.of([load_recorded(tmp_path)])
    simulator = Simulator(world, mutations=[after(MutationKind.CLOSE)])
    first, second = get(simulator, ISSUES, ISSUES)
    assert (len(first.json()), len(second.json())) == (3, 2)
