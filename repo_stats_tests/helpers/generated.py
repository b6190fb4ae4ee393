"""Generated repositories: each shape is generated once, and copied for all who ask for it again."""

import pickle
from dataclasses import replace
from functools import cache
from typing import Any

from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.items import Item
from repo_stats.simulator.world import JsonObject, Repository
from repo_stats_tests.helpers.first_runs import copies_first_runs

TOLD = frozenset(
    {
        *("id", "node_id", "number", "state", "user", "draft", "pull_request"),
        *("created_at", "updated_at", "closed_at", "title", "comments"),
    }
)
"""The fields of a slim item: which one it is, whose, and when what happened to it."""


def generated(shape: Shape, seed: int = 1, *, slim: bool = False) -> Repository:
    """What `generate_repository` gives, as a copy: that takes a tenth of the time.

    Args:
        shape: how large it is.
        seed: another one gives other objects.
        slim: without what its items only tell to people, which is most of what is sent and stored.
    """
    if copies_first_runs():
        described, issues, releases = pickle.loads(_generate(shape, seed))  # noqa: S301 - our bytes
        repository = Repository(described, list(map(Item, issues)), releases=releases)
    else:  # what generates it may be mutated by now
        repository = generate_repository(shape, seed)
    if slim:
        repository.issues[:] = map(_slimmed, repository.issues)
    return repository


def _slimmed(item: JsonObject) -> JsonObject:
    """A copy of an item, without what it only tells to people."""
    return Item({name: value for name, value in item.items() if name in TOLD})


@cache
def _generate(shape: Shape, seed: int) -> bytes:
    repository = generate_repository(shape, seed)
    described, issues, releases = repository.object, repository.issues, repository.releases
    # Issues as plain dictionaries: those that count changes would count each of their values.
    plain: tuple[Any, ...] = (described, [dict(issue) for issue in issues], releases)
    assert replace(repository, object={}, issues=[], releases=[]) == Repository({}, [])
    return pickle.dumps(plain, pickle.HIGHEST_PROTOCOL)
