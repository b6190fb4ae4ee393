"""Steps that Celery's workers carry out, with a warehouse in a bucket."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.definitions import build_defs
from repo_stats.defs.step_failures import find_own_reason
from repo_stats.defs.step_values import list_values
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.loading import load_watched
from repo_stats_tests.helpers.github import TOKEN
from repo_stats_tests.scale.redis_server import serve_redis, work

SHAPES = (Shape("acme/one", 700, 30), Shape("acme/two", 20, 3))

EXPIRED = "step_values/2026-01-01/of-a-run-that-died/step/result"


def watchlist_job() -> dg.JobDefinition:
    """The job, by the settings of the process that asks: that of the run, or a worker."""
    return build_defs(load_watched()).resolve_job_def("refresh_watchlist")


def refresh(folder: Path, monkeypatch: pytest.MonkeyPatch, **of_workers: str) -> Counter[str]:
    """Refresh the watchlist by workers whose environment differs in some variables.

    Returns:
        How many events of each type the run has, and the reasons of failures.
    """
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("REPO_STATS_EXECUTOR", "celery")
    with serve_redis() as broker, dg.instance_for_test(temp_dir=str(folder)) as instance:
        monkeypatch.setenv("CELERY_BROKER_URL", broker)
        monkeypatch.setenv("CELERY_RESULT_BACKEND", broker)
        with work(HOME=str(folder), **of_workers):
            result = dg.execute_job(dg.reconstructable(watchlist_job), instance)
        events = [entry.dagster_event for entry in instance.all_logs(result.run_id)]
    counts = Counter(event.event_type_value for event in events if event)
    return counts + Counter(str(find_own_reason(e)) for e in events if e and e.is_step_failure)


@pytest.fixture
def api_url(
    serve: Callable[[Simulator], str], files: Files, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The API of a simulator, which this process and its workers are to ask."""
    world = World.of(map(generate_repository, SHAPES))
    url = serve(Simulator(world, tokens=frozenset({TOKEN})))
    monkeypatch.setenv("REPO_STATS_API_URL", url)
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(shape.full_name for shape in SHAPES))
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", files.root)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    return url


@pytest.mark.usefixtures("api_url")
def test_workers_refresh_a_watchlist_at_the_first_try(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(EXPIRED, b"{}")
    events = refresh(tmp_path, monkeypatch)
    assert events["PIPELINE_SUCCESS"] == 1
    assert events["STEP_SUCCESS"] > 7
    assert [kind for kind in events if kind.endswith(("FAILURE", "RETRY", "RESTARTED"))] == []
    for shape in SHAPES:
        [row] = Tables(files).load(REPO_STATISTICS, shape.full_name).rows.to_pylist()
        assert row["open_items"] == shape.open_items
    assert list_values(files) == []
    assert list((tmp_path / "storage").glob("*/*fetch_pages*")) == []


@pytest.mark.usefixtures("api_url")
def test_a_worker_with_another_warehouse_writes_nothing(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = refresh(tmp_path, monkeypatch, REPO_STATS_WAREHOUSE="s3://bucket/other")
    assert events["PIPELINE_FAILURE"] == 1
    assert events["STEP_UP_FOR_RETRY"] == 0
    reason = (
        "REPO_STATS_WAREHOUSE is s3://bucket/other where this step runs, but s3://bucket/stats "
        "where its run does; set it to the same on all machines, and start the run anew."
    )
    assert events[reason] == 1
    assert Files("s3://bucket").names("") == []
