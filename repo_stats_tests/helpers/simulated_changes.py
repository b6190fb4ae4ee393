"""Changes of a simulated repository: their time, and what they hit."""

from typing import Any

from repo_stats.simulator.generator import LATEST
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import JsonObject, Repository

NOW = LATEST.timestamp() + 86_400.7

STAMP = "2026-09-02T12:00:00Z"


def only_repository(simulator: Simulator) -> Repository:
    [repository] = simulator.world.repositories.values()
    return repository


def in_state(repository: Repository, state: str) -> list[JsonObject]:
    """The issues in a state, the oldest first."""
    chosen = [issue for issue in repository.issues if issue["state"] == state]
    return sorted(chosen, key=lambda issue: (issue["created_at"], issue["id"]))


def after(kind: MutationKind, answer: int = 1, **options: Any) -> Mutation:
    return Mutation(kind, answer, **options)
