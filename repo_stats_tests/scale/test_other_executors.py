"""The executors whose packages are extras, as far as no cluster is needed."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.executor.init import InitExecutorContext

from repo_stats.definitions import build_defs
from repo_stats.watching.loading import load_watched

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: nowhere
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
clusters: [{name: nowhere, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: nobody, user: {token: none}}]
"""

CONFIGS = {
    "celery": {"broker": "redis://broker:6379/0", "backend": "redis://broker:6379/1"},
    "k8s": {
        "job_image": "repo-stats:1",
        "job_namespace": "stats",
        "env_secrets": ["github-token"],
        "load_incluster_config": False,
        "kubeconfig_file": "kubeconfig",
    },
}


@pytest.mark.parametrize("name", CONFIGS)
def test_an_executor_is_made_with_its_own_configuration(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kubeconfig").write_text(KUBECONFIG, encoding="utf-8")
    monkeypatch.setenv("REPO_STATS_EXECUTOR", name)
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", "s3://bucket/stats")
    defs = build_defs(load_watched())
    dg.Definitions.validate_loadable(defs)
    job = defs.resolve_job_def("refresh_watchlist")
    assert job.executor_def.name == name
    run_config = dg.validate_run_config(job, {"execution": {"config": CONFIGS[name]}})
    [config] = run_config["execution"].values()
    with dg.instance_for_test() as instance:
        assert job.executor_def.executor_creation_fn is not None
        executor: Any = job.executor_def.executor_creation_fn(
            InitExecutorContext(InMemoryJob(job), job.executor_def, config, instance)
        )
    assert executor.retries.enabled
