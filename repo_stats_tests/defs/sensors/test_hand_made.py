"""Which runs `follow_updates` follows: those by hand, and refreshes that somebody repeats."""

import dagster as dg
import pytest
from dagster._core.events import StepMaterializationData

from repo_stats.defs.cuts import Cut
from repo_stats.defs.jobs import PARTITION, REFRESHED
from repo_stats.defs.sensors.hand_made import HandMade, find_hand_made, request_followers

REPO = "acme/one"

REPEATED = {"dagster/parent_run_id": "run"}

TRIED_AGAIN = {**REPEATED, "dagster/retry_number": "1"}

ALL = frozenset(dg.AssetKey(name) for name in REFRESHED)

FOLLOWS = {REPO: {"issues_per_user", "repo_statistics"}}


@pytest.mark.parametrize(
    ("job", "tags", "selection", "steps", "due"),
    [
        ("refresh_repo", {}, None, None, {}),
        ("refresh_watchlist", TRIED_AGAIN, None, ["open_issues"], {}),
        ("refresh_repo", {}, frozenset({dg.AssetKey("open_issues")}), None, FOLLOWS),
        ("refresh_repo", REPEATED, None, None, FOLLOWS),
        ("refresh_repo", REPEATED, None, ["open_issues"], FOLLOWS),
        ("refresh_repo", REPEATED, ALL, ["open_issues"], FOLLOWS),
        ("refresh_repo", REPEATED, ALL, None, {}),
        ("__ASSET_JOB", {}, frozenset({dg.AssetKey("open_issues")}), None, FOLLOWS),
    ],
)
def test_a_refresh_is_followed_only_if_somebody_repeats_it(
    instance: dg.DagsterInstance,
    job: str,
    tags: dict[str, str],
    selection: frozenset[dg.AssetKey] | None,
    steps: list[str] | None,
    due: dict[str, set[str]],
) -> None:
    run = instance.add_run(
        dg.DagsterRun(
            job,
            status=dg.DagsterRunStatus.SUCCESS,
            tags={PARTITION: REPO, "dagster/sensor_name": "repo_activity", **tags},
            asset_selection=selection,
            step_keys_to_execute=steps,
        )
    )
    made = StepMaterializationData(dg.AssetMaterialization("open_issues", partition=REPO))
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION.value
    event = dg.DagsterEvent(kind, job, event_specific_data=made)
    instance.report_dagster_event(event, run.run_id)
    assert find_hand_made(instance, 0, 1_000, [REPO]).due == due


BY_HAND = "__ASSET_JOB"

TWO = "acme/two"


def make(
    instance: dg.DagsterInstance,
    asset: str,
    repo: str,
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS,
    job: str = BY_HAND,
) -> int:
    """Let a run make an asset; gives the place of that in the history."""
    begun = instance.add_run(dg.DagsterRun(job, status=status, tags={PARTITION: repo}))
    made = StepMaterializationData(dg.AssetMaterialization(asset, partition=repo))
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION.value
    event = dg.DagsterEvent(kind, begun.job_name, event_specific_data=made)
    instance.report_dagster_event(event, begun.run_id)
    [record] = instance.fetch_materializations(dg.AssetKey(asset), 1).records
    return record.storage_id


def test_only_what_was_made_after_the_last_look_and_is_watched_is_followed(
    instance: dg.DagsterInstance,
) -> None:
    first = make(instance, "open_issues", REPO)
    last = make(instance, "repo_metadata", TWO)
    make(instance, "issues_per_user", "acme/other")
    watchlist = [REPO, TWO]
    both = find_hand_made(instance, 0, last, watchlist)
    assert (both.seen, both.due) == (last, {**FOLLOWS, TWO: {"repo_statistics"}})
    assert find_hand_made(instance, first, last, watchlist).due == {TWO: {"repo_statistics"}}
    assert find_hand_made(instance, first - 1, first, watchlist).due == FOLLOWS
    assert find_hand_made(instance, 0, last, [TWO]).due == {TWO: {"repo_statistics"}}
    assert find_hand_made(instance, last, last, watchlist) == HandMade(last)
    assert find_hand_made(instance, last + 1, last, watchlist) == HandMade(last + 1)


def test_what_was_made_since_needs_nothing_to_follow(instance: dg.DagsterInstance) -> None:
    make(instance, "open_issues", REPO)
    made = make(instance, "issues_per_user", REPO)
    assert find_hand_made(instance, 0, made, [REPO]).due == {REPO: {"repo_statistics"}}
    statistics = make(instance, "repo_statistics", REPO)
    assert find_hand_made(instance, 0, statistics, [REPO]).due == {}
    again = make(instance, "open_issues", REPO)
    assert find_hand_made(instance, 0, again, [REPO]).due == FOLLOWS


def test_a_run_that_has_not_ended_is_followed_later_with_all_after_it(
    instance: dg.DagsterInstance,
) -> None:
    make(instance, "repo_metadata", TWO)
    running = make(instance, "open_issues", REPO, dg.DagsterRunStatus.STARTED)
    last = make(instance, "issues_per_user", "acme/x")
    found = find_hand_made(instance, 0, last, [REPO, TWO, "acme/x"])
    assert (found.seen, found.due) == (running - 1, {TWO: {"repo_statistics"}})


def test_a_refresh_that_is_running_holds_up_nothing_of_other_repositories(
    instance: dg.DagsterInstance,
) -> None:
    make(instance, "open_issues", REPO, dg.DagsterRunStatus.STARTED, "refresh_repo")
    last = make(instance, "open_issues", TWO)
    found = find_hand_made(instance, 0, last, [REPO, TWO])
    assert (found.seen, found.due) == (last, {TWO: {"issues_per_user", "repo_statistics"}})


def test_nothing_is_followed_of_a_repository_that_is_being_refreshed(
    instance: dg.DagsterInstance,
) -> None:
    made = make(instance, "open_issues", REPO)
    started = dg.DagsterRunStatus.STARTED
    instance.add_run(dg.DagsterRun("refresh_repo", status=started, tags={PARTITION: REPO}))
    found = find_hand_made(instance, 0, made, [REPO, TWO])
    assert (found.seen, found.due) == (made - 1, {})


def test_more_than_a_tick_reads_is_followed_by_the_next_ones(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.defs.sensors.hand_made._MOST_RECORDS", 2)
    repos = [f"acme/r{number}" for number in range(5)]
    places = [make(instance, "repo_metadata", repo) for repo in repos]
    last = make(instance, "issues_per_user", repos[4])
    looks = []
    seen = 0
    while seen < last:
        found = find_hand_made(instance, seen, last, repos)
        looks.append((found.seen, sorted(found.due)))
        seen = found.seen
    assert looks == [(places[1], repos[:2]), (places[3], repos[2:4]), (last, repos[4:])]


def test_a_materialisation_whose_run_is_gone_is_not_followed(instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization("open_issues", partition=REPO))
    [record] = instance.fetch_materializations(dg.AssetKey("open_issues"), 1).records
    assert find_hand_made(instance, 0, record.storage_id, [REPO]).due == {}


def test_what_follows_is_made_by_as_few_runs_as_possible() -> None:
    due = {
        REPO: {"repo_statistics", "issues_per_user"},
        TWO: {"issues_per_user", "repo_statistics"},
        "acme/x": {"repo_statistics"},
    }
    watchlist = [REPO, TWO, "acme/x"]
    both, single = request_followers(due, watchlist, "follow 7", Cut(3))
    assert (both.run_key, single.run_key) == (
        "follow 7 issues_per_user repo_statistics acme/one",
        "follow 7 repo_statistics acme/x",
    )
    assert (both.partition_key, single.partition_key) == (None, "acme/x")
    assert both.tags["repo_stats/reason"] == "its inputs were materialised by hand"
    assert both.tags["repo_stats/repositories"] == "acme/one, acme/two"
    assert [key.to_user_string() for key in both.asset_selection or ()] == [
        *("issues_per_user", "repo_statistics")
    ]
    assert both.run_config["resources"] == {}
    assert request_followers({}, watchlist, "follow 7", Cut(3)) == []
