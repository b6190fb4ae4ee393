"""Which runs `follow_updates` follows: those by hand, and refreshes that somebody repeats."""

import dagster as dg
import pytest
from dagster._core.events import StepMaterializationData

from repo_stats.defs.jobs import PARTITION, REFRESHED
from repo_stats.defs.sensors.hand_made import find_hand_made

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
