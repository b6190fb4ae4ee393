"""Synthetic repositories, each generated once a process: tests ask for the same ones many times."""

import pickle
from dataclasses import replace
from functools import cache

from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.items import Item
from repo_stats.simulator.world import Repository


def copy_generated(shape: Shape, seed: int = 1) -> Repository:
    """What `generate_repository` returns, as objects that only the caller has."""
    repository: Repository = pickle.loads(_generate(shape, seed))  # noqa: S301 - our own bytes
    return replace(repository, issues=[*map(Item, repository.issues)])


@cache
def _generate(shape: Shape, seed: int) -> bytes:
    repository = generate_repository(shape, seed)
    # Plain dictionaries are read four times as fast as items.
    return pickle.dumps(replace(repository, issues=[*map(dict, repository.issues)]))
