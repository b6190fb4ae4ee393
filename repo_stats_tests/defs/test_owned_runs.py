"""Which runs of a history that several projects share are ours."""

import dagster as dg
import pytest

from repo_stats.defs.jobs import OUR_JOBS
from repo_stats.defs.owned_runs import Owned
from repo_stats_tests.helpers.origins import make_origin

OURS, THEIRS = dg.AssetKey("numbers"), dg.AssetKey("foreign")

OUR_CHECK, THEIR_CHECK = dg.AssetCheckKey(OURS, "positive"), dg.AssetCheckKey(THEIRS, "positive")


@pytest.mark.parametrize(
    ("assets", "checks", "is_ours"),
    [
        ({OURS}, None, True),
        ({OURS}, {OUR_CHECK}, True),
        (set(), {OUR_CHECK}, True),
        ({OURS, THEIRS}, None, False),
        ({OURS}, {THEIR_CHECK}, False),
        (set(), {THEIR_CHECK}, False),
        (None, None, False),
    ],
)
def test_a_run_by_hand_is_ours_if_it_names_nothing_but_our_assets_and_checks(
    assets: set[dg.AssetKey] | None, checks: set[dg.AssetCheckKey] | None, is_ours: bool
) -> None:
    run = dg.DagsterRun(
        "__ASSET_JOB",
        asset_selection=None if assets is None else frozenset(assets),
        asset_check_selection=None if checks is None else frozenset(checks),
    )
    assert Owned({"make_numbers"}, {OURS}, [OUR_CHECK]).includes(run) is is_ours


@pytest.mark.parametrize(
    ("ours", "theirs", "is_ours"),
    [
        ("here", "here", True),
        ("here", "elsewhere", False),
        ("here", None, True),
        (None, "elsewhere", True),
    ],
)
def test_a_run_that_another_code_location_started_is_not_ours_whatever_its_job_is_called(
    ours: str | None, theirs: str | None, is_ours: bool
) -> None:
    origin = None if theirs is None else make_origin(theirs)
    for job, assets in (("refresh_repo", None), ("__ASSET_JOB", frozenset({OURS}))):
        run = dg.DagsterRun(job, asset_selection=assets, remote_job_origin=origin)
        assert Owned(OUR_JOBS, {OURS}, [], ours).includes(run) is is_ours
    assert not Owned(OUR_JOBS, {OURS}, []).includes(dg.DagsterRun("their_job"))
