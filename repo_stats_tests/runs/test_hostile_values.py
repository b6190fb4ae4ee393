"""Repositories with impossible values, and errors that nobody foresaw: the others are refreshed."""

import importlib
import logging
import re
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.steps.sync_tables import store_sync
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.schemas import ISSUES
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.hostile import spoil_responses
from repo_stats_tests.helpers.runs import table

HEALTHY = [Shape(f"good/repo{number}", 12 + number, 3) for number in range(3)]

OBJECT = {
    "stars-beyond-64-bits": (rb'"stargazers_count":\d+', b'"stargazers_count":9223372036854775808'),
    "stars-endless": (rb'"stargazers_count":\d+', b'"stargazers_count":1e400'),
    "stars-no-number": (rb'"stargazers_count":\d+', b'"stargazers_count":NaN'),
    "stars-negative": (rb'"stargazers_count":\d+', b'"stargazers_count":-1'),
    "id-as-text": (rb'^{"id":(\d+)', rb'{"id":"\1"'),
    "id-beyond-64-bits": (rb'^{"id":(\d+)', b'{"id":9223372036854775808'),
    "name-half-a-pair": (rb'"full_name":"[^"]*"', rb'"full_name":"bad/\\ud83d"'),
    "time-without-zone": (rb'"pushed_at":"([^"]*)Z"', rb'"pushed_at":"\1"'),
    "object-nested": (rb"^{", b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b","),
    "object-endless-number": (rb"^{", b'{"x":1e400,'),
}
"""What is wrong with the object of a repository of that name: a pattern and what replaces it."""

LIST = {
    "item-id-beyond-64-bits": (rb'"id":\d+,"node_id":"I', b'"id":9223372036854775808,"node_id":"I'),
    "item-id-as-text": (rb'"id":(\d+),"node_id":"I', rb'"id":"\1","node_id":"I'),
    "item-comments-negative": (rb'"comments":\d+', b'"comments":-1'),
    "item-comments-no-number": (rb'"comments":\d+', b'"comments":NaN'),
    "item-state-half-a-pair": (rb'"state":"open"', rb'"state":"\\ud83d"'),
    "item-time-without-zone": (rb'"created_at":"([^"]*)Z"', rb'"created_at":"\1"'),
    "item-labels": (rb'"labels":\[', b'"labels":5,"x":['),
    "item-of-another": (rb"/repos/bad/[^/\"]*", b"/repos/good/repo0"),
    "item-nested": (rb"^\[", b"[" * 100_000 + b"]" * 100_000 + b",["),
    "items-thrice": (rb"^\[({.*})\]$", rb"[\1,\1,\1]"),
}
"""The same for the list of its items."""

LARGEST = 2**63 - 1

BAD = [Shape(f"bad/{name}", 9, 3) for name in [*OBJECT, *LIST]]


def spoil(simulator: Simulator) -> None:
    """Spoil what is answered about the bad repositories."""
    names = {repo.id: repo.full_name for repo in simulator.world.repositories.values()}

    def replace(target: str, body: bytes) -> bytes:
        number = re.match(r"/repositories/(\d+)/", target)
        name = names[int(number[1])] if number else target.removeprefix("/repos/").rstrip("?")
        rules = LIST if "/issues?" in target else OBJECT
        rule = rules.get(name.removeprefix("bad/"))
        return body if rule is None else re.sub(rule[0], rule[1], body, flags=re.DOTALL)

    spoil_responses(simulator, replace)


@pytest.fixture(autouse=True)
def _no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repo_stats.defs.failing.MAX_RETRIES", 0)


def reasons(settings: Settings) -> dict[str, str]:
    """Why repositories are stale."""
    failures = WarehouseResource(root=settings.warehouse).refresh_failures
    found = {repo: failures.find(repo) for repo in settings.repos}
    return {repo: failure.reason for repo, failure in found.items() if failure is not None}


def read_log(
    instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult, level: int
) -> list[str]:
    """The messages of a run at a level of logging or above."""
    entries = instance.all_logs(result.run_id)
    return [str(entry.user_message) for entry in entries if int(entry.level) >= level]


def test_impossible_values_make_their_repository_stale_and_no_other(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(*HEALTHY, *BAD)
    spoil(simulator)
    counters = dict.fromkeys(("stargazers_count", "forks_count", "open_issues_count"), LARGEST)
    find_repository(simulator, HEALTHY[0].full_name).object.update(counters)
    settings = settings_for(*(shape.full_name for shape in [*BAD, *HEALTHY]))
    result = run(settings)
    assert result.success
    for shape in HEALTHY:
        row = table(settings, "repo_statistics", shape.full_name)
        assert row["open_items"].item() == shape.open_items
        assert row["is_exact"].item()
    assert table(settings, "repo_statistics", HEALTHY[0].full_name)["stars"].item() == LARGEST
    told = reasons(settings)
    assert set(told) == {shape.full_name for shape in BAD}
    for repo, reason in told.items():
        assert repo in reason
        assert "\n" not in reason
        assert reason.isprintable()
    assert not any("Traceback" in text for text in read_log(instance, result, logging.INFO))


def fail_for(repo: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that ends with an unforeseen error for a repository."""

    def work(*arguments: Any, **options: Any) -> Any:
        if repo in repr(arguments):
            raise ZeroDivisionError(f"nobody thought of {repo}")
        return function(*arguments, **options)

    return work


PLACES = [
    "repo_stats.github.repositories.parse_repository",
    "repo_stats.defs.steps.repository_readings.to_frame",
    "repo_stats.defs.steps.metadata_rows.to_frame",
    "repo_stats.defs.assets.open_issues.plan_list",
    "repo_stats.github.issues.batches.read_list",
    "repo_stats.github.issues.page_reader.make_head",
    "repo_stats.defs.steps.snapshot_tables.join_items",
]
"""Functions that work on a repository of a refresh, one after another."""


def test_errors_that_nobody_foresaw_make_their_repositories_stale_and_no_other(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = {Shape(f"odd/repo{number}", 5, 2): place for number, place in enumerate(PLACES)}
    simulate(*broken, *HEALTHY)
    for shape, place in broken.items():
        module, _, function = place.rpartition(".")
        original = getattr(importlib.import_module(module), function)
        monkeypatch.setattr(place, fail_for(shape.full_name, original))
    settings = settings_for(*(shape.full_name for shape in [*broken, *HEALTHY]))
    result = run(settings)
    assert result.success
    told = reasons(settings)
    assert list(told) == [shape.full_name for shape in broken]
    for reason in told.values():
        assert "ended with an error that was not foreseen (ZeroDiv" in reason
    for shape in HEALTHY:
        row = table(settings, "repo_statistics", shape.full_name)
        assert row["open_items"].item() == shape.open_items
    logged = "\n".join(read_log(instance, result, logging.DEBUG))
    for shape in broken:
        assert f"ZeroDivisionError: nobody thought of {shape.full_name}\n" in f"{logged}\n"
    assert not any("nobody thought" in text for text in read_log(instance, result, logging.INFO))


def test_an_error_that_nobody_foresaw_ends_the_sync_of_its_repository_and_of_no_other(
    run: Run, simulate: Simulate, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(*HEALTHY[:2])
    names = [shape.full_name for shape in HEALTHY[:2]]
    settings = settings_for(*names, REPO_STATS_HISTORY=",".join(names))
    assert run(settings).success
    place = "repo_stats.defs.assets.issues.store_sync"
    monkeypatch.setattr(place, fail_for(names[0], store_sync))
    assert run(settings, "refresh_history").success
    warehouse = WarehouseResource(root=settings.warehouse)
    stored = [repo for repo in names if warehouse.tables.has(ISSUES, repo)]
    assert stored == names[1:]
    failure = warehouse.sync_failures.find(names[0])
    assert failure is not None
    assert "was not foreseen (ZeroDivisionError)" in failure.reason
