"""Who carries out the steps of a run: the default, and what is refused."""

import pytest

from repo_stats.config.errors import SettingsError
from repo_stats.config.settings import load_settings


@pytest.mark.parametrize(
    ("variables", "executor"),
    [
        ({}, "multiprocess"),
        ({"REPO_STATS_EXECUTOR": " in_process "}, "in_process"),
        ({"REPO_STATS_EXECUTOR": "celery", "REPO_STATS_WAREHOUSE": "s3://b/stats"}, "celery"),
        ({"REPO_STATS_EXECUTOR": "k8s", "REPO_STATS_WAREHOUSE": "gs://b/stats"}, "k8s"),
    ],
)
def test_the_executor_is_multiprocess_unless_another_one_is_named(
    variables: dict[str, str], executor: str
) -> None:
    assert load_settings(variables).executor == executor


def test_an_unknown_executor_is_refused() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({"REPO_STATS_EXECUTOR": "dask"})
    assert str(refusal.value) == (
        "REPO_STATS_EXECUTOR is 'dask'; write multiprocess, in_process, celery or k8s."
    )


@pytest.mark.parametrize("warehouse", ["/srv/stats", "file:///srv/stats"])
@pytest.mark.parametrize("executor", ["celery", "k8s"])
def test_steps_on_other_machines_need_a_warehouse_that_these_can_reach(
    executor: str, warehouse: str
) -> None:
    variables = {"REPO_STATS_EXECUTOR": executor, "REPO_STATS_WAREHOUSE": warehouse}
    with pytest.raises(SettingsError) as refusal:
        load_settings(variables)
    assert str(refusal.value) == (
        f"REPO_STATS_EXECUTOR is {executor}, whose steps run on other machines, but "
        f"REPO_STATS_WAREHOUSE is '{warehouse}', which only this one has; set it to a bucket, such "
        "as s3://BUCKET/stats."
    )
