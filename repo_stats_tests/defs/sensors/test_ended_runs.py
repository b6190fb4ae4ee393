"""How a run ended: the repositories it was about, what its checks found, and the quota."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from repo_stats.alerts.rules import EndedRun, find_failures, find_low_quota
from repo_stats.defs.jobs import PARTITION, RANGE_END, RANGE_START
from repo_stats.defs.sensors.ended_runs import describe_run

ONE, TWO, THREE = WATCHLIST = ["acme/one", "acme/two", "acme/three"]


@pytest.mark.parametrize(
    ("job", "tags", "histories", "about"),
    [
        ("refresh_repo", {PARTITION: TWO}, [], [TWO]),
        ("refresh_repo", {PARTITION: "acme/gone"}, [], ["acme/gone"]),
        ("__ASSET_JOB", {PARTITION: "acme/two/0001"}, [], [TWO]),
        ("refresh_watchlist", {}, [], WATCHLIST),
        ("refresh_watchlist", {}, [ONE], WATCHLIST),
        ("refresh_watchlist", {RANGE_START: TWO, RANGE_END: THREE}, [], [TWO, THREE]),
        ("refresh_watchlist", {RANGE_START: THREE, RANGE_END: TWO}, [], [TWO, THREE]),
        ("refresh_history", {RANGE_START: ONE, RANGE_END: THREE}, [ONE, THREE], [ONE, THREE]),
        ("refresh_history", {RANGE_START: ONE, RANGE_END: THREE}, [], WATCHLIST),
        ("publish_report", {}, [], WATCHLIST),
        ("prune_runs", {}, [], []),
    ],
)
def test_a_run_is_about_the_repositories_that_its_tags_name_or_about_none(
    instance: dg.DagsterInstance,
    job: str,
    tags: dict[str, str],
    histories: list[str],
    about: list[str],
) -> None:
    run = dg.DagsterRun(job, status=dg.DagsterRunStatus.FAILURE, tags=tags)
    ended = describe_run(instance, run, WATCHLIST, {"history": histories})
    assert ended.repositories == about
    assert [*ended.failed_repositories] == (about or [""])


def materialise(instance: dg.DagsterInstance, *assets: dg.AssetsDefinition) -> EndedRun:
    """How a run of some assets ended."""
    result = dg.materialize([*assets], instance=instance, tags={PARTITION: ONE})
    return describe_run(instance, result.dagster_run, WATCHLIST)


@pytest.mark.parametrize(
    ("severity", "passed", "findings"),
    [
        (dg.AssetCheckSeverity.ERROR, False, {ONE: "gone"}),
        (dg.AssetCheckSeverity.ERROR, True, {}),
        (dg.AssetCheckSeverity.WARN, False, {}),
        (dg.AssetCheckSeverity.WARN, True, {}),
    ],
)
def test_a_check_that_passes_or_only_warns_leads_to_no_alert(
    instance: dg.DagsterInstance,
    severity: dg.AssetCheckSeverity,
    passed: bool,
    findings: dict[str, str],
) -> None:
    record = dg.TableRecord({"repo": ONE, "finding": "gone"})
    column = [dg.TableColumn("repo"), dg.TableColumn("finding")]
    table = dg.TableMetadataValue([record], dg.TableSchema(column))

    @dg.asset(check_specs=[dg.AssetCheckSpec("refreshed", asset="numbers")])
    def numbers() -> Iterator[Any]:
        yield dg.Output(None)
        yield dg.AssetCheckResult(
            check_name="refreshed", passed=passed, severity=severity, metadata={"findings": table}
        )

    ended = materialise(instance, numbers)
    assert ended.findings == {"numbers.refreshed": findings}
    _, alerts = find_failures({}, ended)
    assert [alert.text for alert in alerts] == [f"{repo} is stale: gone" for repo in findings]


def test_the_quota_of_the_last_step_counts_and_a_step_without_one_says_nothing(
    instance: dg.DagsterInstance,
) -> None:
    def make(name: str, after: list[str], remaining: int | None) -> dg.AssetsDefinition:
        quota = {"remaining_quota": remaining, "quota_limit": 5000, "quota_resets": 1e9}

        @dg.asset(name=name, deps=after)
        def step() -> dg.MaterializeResult[Any]:
            return dg.MaterializeResult(metadata={} if remaining is None else quota)

        return step

    steps = make("a", [], 600), make("b", ["a"], 499), make("c", ["b"], None)
    ended = materialise(instance, *steps)
    assert ended.quota == (499, 5000, 1e9)
    until, [warning] = find_low_quota(0.0, ended)
    assert (until, warning.text[:16]) == (1e9, "Only 499 of 5000")
    assert materialise(instance, make("c", [], None)).quota is None
