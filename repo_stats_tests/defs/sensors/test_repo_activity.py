"""The sensor `repo_activity` refreshes what changed, and polls everything else for free."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from repo_stats.defs.cuts import Cut
from repo_stats.defs.refresh_runs import request_refreshes
from repo_stats.defs.sensors.activity_states import (
    choose_due,
    choose_order,
    read_cursor,
    settle,
    write_cursor,
)
from repo_stats.github.activity import REST_SECONDS
from repo_stats.github.client import GitHubClient
from repo_stats.github.http.responses import ApiResponse
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.warehouse.files import Files
from repo_stats_tests.defs.sensors.watched import REPOS, Deploy
from repo_stats_tests.helpers.deployment import Deployment, requested
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import NUMBERS


def happen(simulator: Simulator, repo: str, kind: MutationKind = MutationKind.TOUCH) -> None:
    """Change an item of a repository now."""
    found = find_repository(simulator, repo)
    mutate(simulator.world, Mutation(kind, 1, repo), found, simulator.clock())


def open_items(deployment: Deployment, repo: str) -> int:
    path = Path(deployment.settings.warehouse) / "repo_statistics" / f"{repo}.parquet"
    return int(pd.read_parquet(path)["open_items"].item())


def test_a_quiet_tick_is_free_and_says_so(simulator: Simulator, deploy: Deploy) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    simulator.log.clear()
    assert deployment.tick("repo_activity") == "Nothing happened in 4 repositories."
    assert [request.status for request in simulator.log] == [304] * 4
    assert sum(request.charged for request in simulator.log) == 0


def test_what_changed_is_refreshed_once_although_it_is_fresh(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    for repo in ("acme/r0", "acme/r2", "acme/r3"):
        happen(simulator, repo, MutationKind.CLOSE)
    requests = deployment.tick("repo_activity")
    assert requested(requests) == [
        ("refresh_watchlist", "acme/r0"),
        ("refresh_watchlist", "acme/r2...acme/r3"),
    ]
    assert isinstance(requests, list)
    assert requests[1].tags["repo_stats/repositories"] == "acme/r2, acme/r3"
    assert [result.success for result in deployment.run(requests, NUMBERS)] == [True] * 2
    assert [open_items(deployment, repo) for repo in REPOS] == [11, 12, 11, 11]
    assert deployment.tick("repo_activity") == "Nothing happened in 4 repositories."


def test_a_change_within_the_least_time_between_refreshes_is_kept_for_later(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy(REPO_STATS_MIN_REFRESH="600")
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    happen(simulator, "acme/r1")
    for _ in range(2):
        assert deployment.tick("repo_activity") == (
            "acme/r1 changed, but was just refreshed or is being refreshed."
        )
    states = read_cursor(deployment.cursors["repo_activity"])
    now = states["acme/r1"].polled_at
    assert choose_due(states, {}, set(), now + 601, 600) == ["acme/r1"]
    assert choose_due(states, {}, {"acme/r1"}, now + 601, 600) == []
    assert choose_due(states, {"acme/r1": now + 600}, set(), now + 601, 600) == []


@pytest.mark.parametrize("kind", [FaultKind.EXHAUSTED, FaultKind.SECONDARY])
def test_a_rate_limit_skips_the_tick_with_the_reason_and_forgets_nothing(
    simulator: Simulator, deploy: Deploy, kind: FaultKind
) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    states = read_cursor(deployment.cursors["repo_activity"])
    changed = replace(states["acme/r2"], changed_at=simulator.clock())
    before = write_cursor({**states, "acme/r2": changed})
    deployment.cursors["repo_activity"] = before
    happen(simulator, "acme/r1")
    faults = simulator.faults
    assert isinstance(faults, list)
    faults.append(Fault(kind, 1, 4))
    assert "rate limit" in str(deployment.tick("repo_activity")).lower()
    assert deployment.cursors["repo_activity"] == before
    faults.clear()
    due = requested(deployment.tick("repo_activity"))
    assert due == [("refresh_watchlist", "acme/r1...acme/r2")]


def test_one_repository_in_trouble_keeps_no_other_from_being_polled(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    find_repository(simulator, "acme/r0").trouble = Trouble.MISSING
    happen(simulator, "acme/r3")
    requests = deployment.tick("repo_activity")
    assert requested(requests) == [("refresh_watchlist", "acme/r3")]
    deployment.run(requests, NUMBERS)
    simulator.log.clear()
    for _ in range(3):
        assert deployment.tick("repo_activity") == (
            "acme/r0 cannot be read, and will be polled again within the hour. Nothing happened "
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
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    before = read_cursor(deployment.cursors["repo_activity"])["acme/r0"]
    happen(simulator, "acme/r1")
    monkeypatch.setattr("repo_stats.github.activity.POLL_TIMEOUT", 1.0)
    monkeypatch.setattr(GitHubClient, "get", _hang_for("acme/r0"))
    assert requested(deployment.tick("repo_activity")) == [("refresh_watchlist", "acme/r1")]
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


def test_a_change_whose_refresh_fails_is_requested_again_less_and_less_often(
    simulator: Simulator, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    now = [simulator.clock()]
    deployment = Deployment(
        settings_for(*REPOS, REPO_STATS_MIN_REFRESH="0"), instance, lambda: now[0]
    )
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    happen(simulator, "acme/r1")
    requested_in = []
    for minute in range(12):
        now[0] += 60
        requests = deployment.tick("repo_activity")
        requested_in += [minute] if isinstance(requests, list) else []
    assert requested_in == [0, 2, 6]
    settled = replace(read_cursor(deployment.cursors["repo_activity"])["acme/r1"], requested_at=1.0)
    assert settle({"a/b": settled}, {"a/b": settled}, {"a/b": 2.0})["a/b"].requests == 0


def test_a_change_right_after_a_refresh_that_brought_in_an_earlier_one_is_kept(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy(REPO_STATS_MIN_REFRESH="600")
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    happen(simulator, "acme/r1", MutationKind.CLOSE)
    deployment.tick("repo_activity")
    deployment.run(request_refreshes(["acme/r1"], REPOS, "why", "key", cut=Cut(9)), NUMBERS)
    happen(simulator, "acme/r1", MutationKind.CLOSE)
    deployment.tick("repo_activity")
    changed = read_cursor(deployment.cursors["repo_activity"])["acme/r1"]
    assert changed.changed_at == changed.polled_at


def test_a_quiet_tick_reads_no_list_of_items(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("repo_activity")
    read, paths = Files.read, []

    def record(files: Files, path: str) -> bytes | None:
        paths.append(path)
        return read(files, path)

    monkeypatch.setattr(Files, "read", record)
    deployment.tick("repo_activity")
    assert {path.split("/")[0] for path in paths} == {"repo_metadata"}


def test_without_a_token_nothing_is_polled_as_every_poll_would_be_charged(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    monkeypatch.delenv("GITHUB_TOKEN")
    simulator.log.clear()
    assert "so nothing is polled: set GITHUB_TOKEN" in str(deployment.tick("repo_activity"))
    assert simulator.log == []
