"""The sensor `repo_activity` looks at many repositories in a query, and asks nothing twice."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from repo_stats.defs.sensors import looks
from repo_stats.defs.sensors.looks import choose_looks
from repo_stats.github.activity import ActivityState
from repo_stats.github.graphql import pace
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.states.state_index import StateIndex, States
from repo_stats_tests.defs.sensors.watched import REPOS, Deploy
from repo_stats_tests.helpers.deployment import Deployment, requested
from repo_stats_tests.helpers.github import TOKEN, find_repository


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "RECENT", 0.0)


def states_of(deployment: Deployment) -> States:
    return StateIndex(Files(deployment.settings.warehouse)).read()


def happen(simulator: Simulator, repo: str, kind: MutationKind = MutationKind.CLOSE) -> None:
    """Change an item of a repository now."""
    found = find_repository(simulator, repo)
    mutate(simulator.world, Mutation(kind, 1, repo), found, simulator.clock())


def asked(simulator: Simulator) -> Counter[str]:
    return Counter("query" if r.points else "request" for r in simulator.log)


def begin(deploy: Deploy, **variables: str) -> Deployment:
    """A deployment whose repositories were refreshed by pulses."""
    deployment = deploy(REPO_STATS_PULSE="on", **variables)
    deployment.begin(deployment.tick("new_repositories"))
    return deployment


def test_a_quiet_look_is_one_query_and_leaves_nothing_to_ask_for_the_next_refresh(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = begin(deploy)
    before = states_of(deployment)
    simulator.log.clear()
    assert deployment.tick("repo_activity") == "Nothing happened in 4 repositories."
    assert asked(simulator) == Counter(query=1)
    assert json.loads(deployment.cursors["repo_activity"] or "") == {}
    after = states_of(deployment)
    assert all(after[repo].read_at > before[repo].read_at for repo in REPOS)
    assert all(after[repo].seen_at == after[repo].read_at for repo in REPOS)
    assert all(after[repo].snapshot_at == after[repo].read_at for repo in REPOS)
    simulator.log.clear()
    job = deployment.defs.resolve_job_def("refresh_watchlist")
    tags = {
        "dagster/asset_partition_range_start": REPOS[0],
        "dagster/asset_partition_range_end": REPOS[-1],
    }
    assert job.execute_in_process(instance=deployment.instance, tags=tags).success
    assert simulator.log == []


def test_what_a_look_shows_to_have_changed_is_refreshed_once_and_is_quiet_then(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = begin(deploy)
    happen(simulator, "acme/r1")
    due = deployment.tick("repo_activity")
    assert requested(due) == [("refresh_watchlist", "acme/r1")]
    assert list(json.loads(deployment.cursors["repo_activity"] or "")) == ["acme/r1"]
    simulator.log.clear()
    assert "acme/r1 changed" in str(deployment.tick("repo_activity"))
    assert [len(sent.variables["ids"]) for sent in simulator.log] == [3]  # it is known to change
    assert [result.success for result in deployment.run(due)] == [True]
    assert deployment.tick("repo_activity") == "Nothing happened in 4 repositories."
    assert json.loads(deployment.cursors["repo_activity"] or "") == {}


def test_a_counter_that_changed_is_left_to_the_next_refresh(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = begin(deploy)
    before = states_of(deployment)["acme/r2"]
    happen(simulator, "acme/r2", MutationKind.STAR)
    assert deployment.tick("repo_activity") == "Nothing happened in 4 repositories."
    after = states_of(deployment)["acme/r2"]
    assert after == replace(before, seen_at=after.seen_at)
    assert (after.seen_at or before.read_at) > before.read_at


def test_a_tick_looks_at_so_many_repositories_and_the_next_one_at_the_others(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "MOST_LOOKS", 3)
    deployment = begin(deploy)
    simulator.log.clear()
    for _ in range(4):
        deployment.tick("repo_activity")
    ids = Counter(name for sent in simulator.log for name in sent.variables["ids"])
    assert len(ids) == len(REPOS)
    assert ids.total() == 4 * 3
    assert min(ids.values()) == 2  # of those that wait equally long, the first come first


def test_a_tick_sends_no_query_when_its_time_is_over(simulator: Simulator, deploy: Deploy) -> None:
    deployment = begin(deploy)
    now = simulator.clock() + 60
    later = Deployment(
        deployment.settings, deployment.instance, iter([now, *[now + 20.0] * 9]).__next__
    )
    simulator.log.clear()
    assert later.tick("repo_activity") == "Nothing happened in 0 repositories."
    assert simulator.log == []


def test_points_are_left_for_refreshes(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FIRST_BATCH", 1)
    monkeypatch.setattr(pace, "GROWTH", 0)
    deployment = begin(deploy, REPO_STATS_IN_FLIGHT="1")
    quota = simulator.limits.points(TOKEN)
    for used, queries in ((0, 4), (quota.limit - 10, 1)):
        quota.used = used
        simulator.log.clear()
        deployment.tick("repo_activity")
        assert asked(simulator) == Counter(query=queries)


def test_a_server_without_graphql_is_polled_for_each_repository(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = begin(deploy)
    simulator.serves_graphql = False
    simulator.log.clear()
    happen(simulator, "acme/r3")
    due = deployment.tick("repo_activity")
    assert ("refresh_watchlist", "acme/r3") in requested(due)
    assert Counter(sent.status for sent in simulator.log)[200] == 4


def test_what_a_run_has_stored_meanwhile_is_not_overwritten(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = begin(deploy)
    index, read = StateIndex(Files(deployment.settings.warehouse)), states_of(deployment)
    index.update({"acme/r0": replace(read["acme/r0"], counter=77)})
    index.update({r: replace(read[r], counter=5) for r in ("acme/r0", "acme/r1")}, since=read)
    after = states_of(deployment)
    assert [after[repo].counter for repo in ("acme/r0", "acme/r1")] == [77, 5]


def test_those_that_wait_longest_come_first_and_those_to_be_refreshed_are_left_out(
    simulator: Simulator, deploy: Deploy
) -> None:
    states = states_of(begin(deploy))
    now = simulator.clock() + 100

    def aged(repo: str, seconds: int) -> RepoState:
        moment = states[repo].read_at - timedelta(seconds=seconds)
        return replace(states[repo], read_at=moment, seen_at=moment)

    known = {repo: aged(repo, place * 60) for place, repo in enumerate(REPOS)}
    waits = ActivityState("", None, None, 0.0, changed_at=now)
    rests = ActivityState("", None, None, 0.0, rests_until=now + 1)
    assert choose_looks(REPOS, known, {}, now) == list(reversed(REPOS))
    assert choose_looks(REPOS, known, {REPOS[0]: waits, REPOS[3]: rests}, now) == [
        REPOS[2],
        REPOS[1],
    ]
    unread = {**known, REPOS[1]: replace(known[REPOS[1]], pulse=None)}
    assert REPOS[1] not in choose_looks(REPOS, unread, {}, now)
