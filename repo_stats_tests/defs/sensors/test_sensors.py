"""Sensors on a real instance: what makes repositories be refreshed by themselves."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.refresh_runs import repos_of_run, request_refreshes
from repo_stats.defs.sensors.new_repositories import describe_changes, is_due, read_attempts
from repo_stats.defs.sensors.repo_activity import (
    choose_due,
    choose_order,
    read_cursor,
    settle,
    write_cursor,
)
from repo_stats.github.activity import REST_SECONDS, ActivityState
from repo_stats.github.client import GitHubClient
from repo_stats.github.http.responses import ApiResponse
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.github import find_repository

SHAPES = [Shape(f"acme/r{number}", 12, 3, 5) for number in range(4)]


REPOS = [shape.full_name for shape in SHAPES]


Deploy = Callable[..., Deployment]


@pytest.fixture(autouse=True)
def _listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(REPOS))


@pytest.fixture
def simulator(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(*SHAPES, faults=[])


@pytest.fixture
def deploy(settings_for: Callable[..., Settings], instance: dg.DagsterInstance) -> Deploy:
    """A deployment of all repositories; keywords are environment variables."""

    def make(**variables: str) -> Deployment:
        settings = settings_for(*REPOS, **{"REPO_STATS_MIN_REFRESH": "0", **variables})
        return Deployment(settings, instance)

    return make


def happen(simulator: Simulator, repo: str, kind: MutationKind = MutationKind.TOUCH) -> None:
    """Let something happen in a repository now."""
    found = find_repository(simulator, repo)
    mutate(simulator.world, Mutation(kind, 1, repo), found, simulator.clock())


def open_items(deployment: Deployment, repo: str) -> int:
    path = Path(deployment.settings.warehouse) / "repo_statistics" / f"{repo}.parquet"
    return int(pd.read_parquet(path)["open_items"].item())


def keys(requests: list[dg.RunRequest] | str) -> list[tuple[str | None, str | None]]:
    """The jobs and partitions, or ranges, of run requests."""
    assert not isinstance(requests, str), requests
    return [
        (
            request.job_name,
            request.partition_key
            or f"{request.tags['dagster/asset_partition_range_start']}..."
            f"{request.tags['dagster/asset_partition_range_end']}",
        )
        for request in requests
    ]


def test_repositories_that_were_never_refreshed_get_their_first_run(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    requests = deployment.tick("new_repositories")
    assert keys(requests) == [("refresh_watchlist", "acme/r0...acme/r3")]
    assert all(result.success for result in deployment.run(requests))
    assert deployment.tick("new_repositories") == (
        "Every repository of the watchlist has been refreshed."
    )


def test_a_repository_that_cannot_be_read_is_tried_less_and_less_often(
    simulator: Simulator, deploy: Deploy
) -> None:
    find_repository(simulator, "acme/r2").trouble = Trouble.MISSING
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    assert deployment.tick("new_repositories") == (
        "acme/r2 could not be read yet, and will be tried again."
    )
    assert is_due(None, 0)
    assert not is_due((1, 1000), 1119)
    assert is_due((1, 1000), 1120)
    assert not is_due((2, 1000), 1239)
    assert not is_due((30, 1000), 4599)
    assert is_due((30, 1000), 4600)
    assert is_due((5000, 1000), 4600)


def test_a_quiet_tick_is_free_and_says_so(simulator: Simulator, deploy: Deploy) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    simulator.log.clear()
    assert deployment.tick("repo_activity") == "Nothing happened in 4 repositories."
    assert [request.status for request in simulator.log] == [304] * 4
    assert sum(request.charged for request in simulator.log) == 0


def test_what_changed_is_refreshed_once_although_it_is_fresh(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    for repo in ("acme/r0", "acme/r2", "acme/r3"):
        happen(simulator, repo, MutationKind.CLOSE)
    requests = deployment.tick("repo_activity")
    assert keys(requests) == [
        ("refresh_repo", "acme/r0"),
        ("refresh_watchlist", "acme/r2...acme/r3"),
    ]
    assert isinstance(requests, list)
    assert requests[1].tags["repo_stats/repositories"] == "acme/r2, acme/r3"
    assert all(result.success for result in deployment.run(requests))
    assert [open_items(deployment, repo) for repo in REPOS] == [11, 12, 11, 11]
    assert deployment.tick("repo_activity") == "Nothing happened in 4 repositories."


def test_a_change_within_the_least_time_between_refreshes_is_kept_for_later(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy(REPO_STATS_MIN_REFRESH="600")
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    happen(simulator, "acme/r1")
    for _ in range(2):
        assert deployment.tick("repo_activity") == (
            "acme/r1 changed, and was refreshed or is running just now."
        )
    sightings = read_cursor(deployment.cursors["repo_activity"])
    now = sightings["acme/r1"].polled_at
    assert choose_due(sightings, {}, set(), now + 601, 600) == ["acme/r1"]
    assert choose_due(sightings, {}, {"acme/r1"}, now + 601, 600) == []
    assert choose_due(sightings, {"acme/r1": now + 600}, set(), now + 601, 600) == []


def test_a_refresh_by_another_hand_settles_a_change() -> None:
    sighting = ActivityState("7 2026-09-01T12:00:00Z", "e", "t", 1000.0, changed_at=990.0)
    known = {"a/b": sighting}
    assert settle(known, known, {"a/b": 995.0})["a/b"].changed_at is None
    assert settle(known, known, {"a/b": 985.0})["a/b"].changed_at == 990.0


def test_at_first_sight_only_what_is_newer_than_the_last_refresh_counts() -> None:
    seen = {"a/b": ActivityState("7 2026-09-01T12:00:00Z", "e", "t", 1e10, changed_at=1e10)}
    updated_at = pd.Timestamp("2026-09-01T12:00:00Z").timestamp()
    assert settle(seen, {}, {"a/b": updated_at + 1})["a/b"].changed_at is None
    assert settle(seen, {}, {"a/b": updated_at - 1})["a/b"].changed_at == 1e10
    empty = {"a/b": ActivityState("", "e", "t", 1e10, changed_at=1e10)}
    assert settle(empty, {}, {})["a/b"].changed_at is None


@pytest.mark.parametrize("kind", [FaultKind.EXHAUSTED, FaultKind.SECONDARY])
def test_a_rate_limit_skips_the_tick_with_the_reason_and_forgets_nothing(
    simulator: Simulator, deploy: Deploy, kind: FaultKind
) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    before = deployment.cursors["repo_activity"]
    happen(simulator, "acme/r1")
    faults = simulator.faults
    assert isinstance(faults, list)
    faults.append(Fault(kind, 1, 4))
    assert "rate limit" in str(deployment.tick("repo_activity")).lower()
    assert deployment.cursors["repo_activity"] == before
    faults.clear()
    assert keys(deployment.tick("repo_activity")) == [("refresh_repo", "acme/r1")]


def test_one_repository_in_trouble_keeps_no_other_from_being_looked_at(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    find_repository(simulator, "acme/r0").trouble = Trouble.MISSING
    happen(simulator, "acme/r3")
    requests = deployment.tick("repo_activity")
    assert keys(requests) == [("refresh_repo", "acme/r3")]
    deployment.run(requests)
    simulator.log.clear()
    for _ in range(3):
        assert deployment.tick("repo_activity") == (
            "acme/r0 cannot be looked at, and is asked for again within the hour. Nothing happened "
            "in 3 repositories."
        )
    assert sum(request.charged for request in simulator.log) == 0
    known = read_cursor(deployment.cursors["repo_activity"])
    now = known["acme/r0"].polled_at
    assert "acme/r0" not in choose_order(REPOS, known, now + REST_SECONDS - 1)
    assert choose_order(REPOS, known, now + REST_SECONDS)[0] == "acme/r0"


def test_a_repository_that_does_not_answer_holds_up_no_other(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    before = read_cursor(deployment.cursors["repo_activity"])["acme/r0"]
    happen(simulator, "acme/r1")
    monkeypatch.setattr("repo_stats.github.activity.POLL_TIMEOUT", 0.2)
    monkeypatch.setattr(GitHubClient, "get", _hang_for("acme/r0"))
    assert keys(deployment.tick("repo_activity")) == [("refresh_repo", "acme/r1")]
    after = read_cursor(deployment.cursors["repo_activity"])["acme/r0"]
    assert after == replace(before, polled_at=after.polled_at)
    assert after.polled_at > before.polled_at


def _hang_for(hanging: str) -> Any:
    get = GitHubClient.get

    async def get_or_hang(
        client: GitHubClient, url: str, *, repo: str, **options: Any
    ) -> ApiResponse:
        if repo == hanging:
            await asyncio.Event().wait()
        return await get(client, url, repo=repo, **options)

    return get_or_hang


def test_a_change_whose_refresh_comes_to_nothing_is_asked_for_again_less_and_less_often(
    simulator: Simulator, settings_for: Callable[..., Settings], instance: dg.DagsterInstance
) -> None:
    now = [simulator.clock()]
    deployment = Deployment(
        settings_for(*REPOS, REPO_STATS_MIN_REFRESH="0"), instance, lambda: now[0]
    )
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    happen(simulator, "acme/r1")
    asked = []
    for minute in range(12):
        now[0] += 60
        requests = deployment.tick("repo_activity")
        asked += [minute] if isinstance(requests, list) else []
    assert asked == [0, 2, 6]
    deployment.run([dg.RunRequest(job_name="refresh_repo", partition_key="acme/r1")])
    settled = replace(read_cursor(deployment.cursors["repo_activity"])["acme/r1"], requested_at=1.0)
    assert settle({"a/b": settled}, {"a/b": settled}, {"a/b": 2.0})["a/b"].requests == 0


def test_a_change_right_after_a_refresh_that_brought_in_an_earlier_one_is_kept(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy(REPO_STATS_MIN_REFRESH="600")
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    happen(simulator, "acme/r1", MutationKind.CLOSE)
    deployment.tick("repo_activity")
    deployment.run(request_refreshes(["acme/r1"], REPOS, "by hand", "key"))
    happen(simulator, "acme/r1", MutationKind.CLOSE)
    deployment.tick("repo_activity")
    changed = read_cursor(deployment.cursors["repo_activity"])["acme/r1"]
    assert changed.changed_at == changed.polled_at


def test_a_quiet_tick_reads_no_list_of_items(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    read, paths = Files.read, []

    def note(files: Files, path: str) -> bytes | None:
        paths.append(path)
        return read(files, path)

    monkeypatch.setattr(Files, "read", note)
    deployment.tick("repo_activity")
    assert {path.split("/")[0] for path in paths} == {"repo_metadata"}


def test_a_tick_looks_at_so_many_repositories_and_the_next_at_the_others(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.defs.sensors.repo_activity.MOST_LOOKS", 3)
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    simulator.log.clear()
    for _ in range(4):
        deployment.tick("repo_activity")
    looks = Counter(request.target.split("/")[2] for request in simulator.log)
    assert sorted(looks.values()) == [3, 3, 3, 3]


def test_without_a_token_nothing_is_looked_at_as_every_look_would_be_charged(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    monkeypatch.delenv("GITHUB_TOKEN")
    simulator.log.clear()
    assert "set GITHUB_TOKEN to have changes noticed" in str(deployment.tick("repo_activity"))
    assert simulator.log == []


@pytest.mark.parametrize(
    "cursor",
    [
        *(None, "", "no json", "[]", '{"a/b": [1]}', '{"a/b": 3}', '{"a/b": {"newest": ""}}'),
        '{"a/b": ["7", "e", "t", "x", null, 0.0, 0, 0.0]}',
        '{"a/b": ["7", "e", "t", 1.0, null, 0.0]}',
    ],
)
def test_a_cursor_that_is_damaged_counts_as_none(cursor: str | None) -> None:
    assert read_cursor(cursor) == {}
    assert read_attempts(cursor) == {}


def test_a_cursor_keeps_all_that_was_seen_in_a_short_line_each() -> None:
    etag = 'W/"' + "0" * 64 + '"'
    sightings = {
        f"organisation/repository-{n}": ActivityState(
            f"{n} 2026-09-01T12:00:00Z", etag, "t" * 12, 1.7e9
        )
        for n in range(500)
    }
    cursor = write_cursor(sightings)
    assert read_cursor(cursor) == sightings
    assert len(cursor) < 120_000


def test_runs_are_as_few_as_the_order_of_the_watchlist_allows() -> None:
    watchlist = ["a/a", "b/b", "c/c", "d/d", "e/e", "f/f"]
    requests = request_refreshes({"f/f", "a/a", "b/b", "d/d"}, watchlist, "why", "key")
    assert keys(requests) == [
        ("refresh_watchlist", "a/a...b/b"),
        ("refresh_repo", "d/d"),
        ("refresh_repo", "f/f"),
    ]
    assert len({request.run_key for request in requests}) == 3
    many = request_refreshes(set(watchlist), watchlist, "why", "key")
    assert many[0].tags["repo_stats/repositories"] == "a/a, b/b, c/c and 3 more"


def test_the_repositories_of_a_run_are_told_by_its_tags() -> None:
    watchlist = ["a/a", "b/b", "c/c"]

    def of(**tags: str) -> list[str]:
        named = {f"dagster/{name}": value for name, value in tags.items()}
        return repos_of_run(dg.DagsterRun(job_name="refresh_repo", tags=named), watchlist)

    assert of(partition="b/b") == ["b/b"]
    assert of(asset_partition_range_start="a/a", asset_partition_range_end="b/b") == watchlist[:2]
    assert of(asset_partition_range_start="x/x", asset_partition_range_end="b/b") == watchlist
    assert of() == watchlist


def test_a_watchlist_that_changed_since_it_was_loaded_is_told(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    deployment.run(deployment.tick("new_repositories"))
    monkeypatch.setenv("REPO_STATS_REPOS", "acme/r0,acme/r1,acme/r2,new/one")
    assert deployment.tick("new_repositories") == (
        "The watchlist has changed (new/one added, acme/r3 removed): reload the definitions, by "
        "the button on the page Deployment."
    )
    assert describe_changes(["a/a"], ["a/a"]) is None
