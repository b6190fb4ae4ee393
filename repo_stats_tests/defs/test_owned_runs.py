"""Which runs of a history that several projects share are ours."""

import dagster as dg
import pytest

from repo_stats.defs.owned_runs import Owned

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
