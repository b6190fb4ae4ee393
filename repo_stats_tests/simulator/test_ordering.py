"""Orders that are kept from request to request, until something changes."""

from collections.abc import Callable
from typing import Any

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.items import Item
from repo_stats.simulator.ordering import Orderings
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import JsonObject, Repository
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.simulated_api import ISSUES, get, numbers

ROCKET = Shape("acme/rocket", 45, 5)


def opened(repository: Repository) -> list[JsonObject]:
    """The open items, the oldest first."""
    chosen = [issue for issue in repository.issues if issue["state"] == "open"]
    return sorted(chosen, key=lambda issue: (issue["created_at"], issue["id"]))


def test_an_order_is_kept_while_nothing_changes() -> None:
    repository, orderings = generated(ROCKET), Orderings()
    first = orderings.find(repository.issues, "open", "created")
    assert orderings.find(list(repository.issues), "open", "created") is first
    assert orderings.find(repository.issues, "closed", "created") != first
    assert list(first) == opened(repository)


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.__setitem__("title", "x"),
        lambda item: item.__delitem__("title"),
        lambda item: item.__ior__({"title": "x"}),
        lambda item: item.update(title="x"),
        lambda item: item.update({"title": "x"}),
        lambda item: item.setdefault("other", "x"),
        lambda item: item.pop("title"),
        lambda item: item.pop("missing", None),
        lambda item: item.popitem(),
        lambda item: item.clear(),
    ],
)
def test_every_way_to_change_an_item_counts_and_does_what_a_dictionary_does(
    change: Callable[[Any], object],
) -> None:
    plain = {"title": "a", "state": "open"}
    item, before = Item(plain), Item.changes
    assert change(item) == change(plain)
    assert item == plain
    assert Item.changes > before


def test_an_order_of_plain_dictionaries_is_never_kept() -> None:
    issues = [dict(issue) for issue in generated(ROCKET).issues]
    orderings = Orderings()
    before = orderings.find(issues, "open", "created")
    issues[-1]["created_at"] = "2001-01-01T00:00:00Z"
    issues[-1]["state"] = "open"
    assert orderings.find(issues, "open", "created")[0] is issues[-1]
    assert before[0] is not issues[-1]


def test_direct_changes_show_in_the_next_response(simulate: Callable[..., Simulator]) -> None:
    simulator = simulate(ROCKET)
    [repository] = simulator.world.repositories.values()
    url = f"{ISSUES}?per_page=100"
    counts = [len(get(simulator, url)[0].json())]
    opened(repository)[0]["state"] = "closed"
    counts.append(len(get(simulator, url)[0].json()))
    opened(repository)[0].update(state="closed")
    counts.append(len(get(simulator, url)[0].json()))
    repository.issues.remove(opened(repository)[0])
    counts.append(len(get(simulator, url)[0].json()))
    plain = dict(opened(repository)[0])
    repository.issues[repository.issues.index(plain)] = plain
    counts.append(len(get(simulator, url)[0].json()))
    plain["state"] = "closed"
    counts.append(len(get(simulator, url)[0].json()))
    assert counts == [45, 44, 43, 42, 42, 41]
    newest = opened(repository)[-1]
    newest["created_at"] = "2001-01-01T00:00:00Z"
    assert numbers(get(simulator, url)[0])[-1] == newest["number"]
    repository.issues = []
    assert get(simulator, url)[0].json() == []
