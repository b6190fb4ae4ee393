"""Steps where the environment is another one than that of their run."""

from pathlib import Path

import pytest

from repo_stats.defs.origins import API_TAG, WAREHOUSE_TAG, origin_tags, require_origin
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.runs import failure


def test_a_run_has_tags_of_its_warehouse_and_its_api(settings_for: SettingsFor) -> None:
    settings = settings_for("a/b", REPO_STATS_WAREHOUSE="s3://bucket/stats")
    tags = {WAREHOUSE_TAG: "s3://bucket/stats", API_TAG: API_URL}
    assert origin_tags(settings, {}) == tags
    assert origin_tags(settings, {"resources": {"refresh": {"config": {"force": True}}}}) == tags


@pytest.mark.parametrize(
    ("resource", "field", "left"),
    [("warehouse", "root", API_TAG), ("github", "api_url", WAREHOUSE_TAG)],
)
def test_what_a_run_is_configured_with_needs_no_tag(
    settings_for: SettingsFor, resource: str, field: str, left: str
) -> None:
    config = {"resources": {resource: {"config": {field: "elsewhere"}}}}
    assert origin_tags(settings_for("a/b"), config).keys() == {left}


def test_the_slash_at_the_end_of_an_address_makes_no_difference() -> None:
    require_origin({WAREHOUSE_TAG: "s3://bucket/stats/"}, "warehouse", "s3://bucket/stats")
    require_origin({}, "warehouse", "s3://bucket/stats")


@pytest.mark.parametrize(
    ("tag", "variable"),
    [(WAREHOUSE_TAG, "REPO_STATS_WAREHOUSE"), (API_TAG, "REPO_STATS_API_URL")],
)
def test_a_step_writes_nothing_where_its_run_does_not_belong(
    simulate: Simulate, run: Run, settings_for: SettingsFor, tag: str, variable: str
) -> None:
    simulator = simulate(Shape("a/b", 12, 3))
    settings = settings_for("a/b")
    own = settings.warehouse if tag == WAREHOUSE_TAG else settings.api_url
    tags = {tag: "https://elsewhere", "dagster/partition": "a/b"}
    result = run(settings, "refresh_watchlist", tags=tags)
    assert failure(result) == (
        f"{variable} is {own} where this step runs, but https://elsewhere where its run does; set "
        "it to the same on all machines, and start the run anew."
    )
    assert len(simulator.log) == 0
    assert list(Path(settings.warehouse).rglob("*.parquet")) == []
