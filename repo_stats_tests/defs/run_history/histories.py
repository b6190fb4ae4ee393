"""A history of small runs that ages, and what it shows of the assets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from repo_stats.defs.owned_runs import Owned
from repo_stats.defs.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.defs.run_history.pruning import Pruned, prune

ROUTINE = {"dagster/sensor_name": "repo_activity"}
"""A tag of runs that a sensor started."""

KEEP = timedelta(days=30)

_FAILS = "fails"


@dg.asset(
    partitions_def=dg.StaticPartitionsDefinition(["a", "b"]),
    check_specs=[dg.AssetCheckSpec("positive", asset="numbers")],
)
def numbers(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """An asset with a check and metadata."""
    if _FAILS in context.run.tags:
        raise dg.Failure("As the run's tag says.")
    yield dg.MaterializeResult(
        data_version=dg.DataVersion("7"),
        metadata={"number": 7},
        check_results=[dg.AssetCheckResult(check_name="positive", passed=True)],
    )


@dg.asset(partitions_def=ISSUE_PAGE_PARTITIONS)
def issue_pages(context: dg.AssetExecutionContext) -> None:
    """An asset whose partitions come and go."""


@cache
def _define() -> dg.Definitions:
    """The project of all histories, which knows nothing of them."""
    jobs = [dg.define_asset_job(f"make_{name}", [name]) for name in ("numbers", "issue_pages")]
    executor = dg.in_process_executor
    return dg.Definitions([numbers, issue_pages], jobs=jobs, executor=executor)


@cache
def _find_job(asset: str) -> dg.JobDefinition:
    return _define().resolve_job_def(f"make_{asset}")


@dataclass
class History:
    """A history, and the project that it is about."""

    instance: dg.DagsterInstance
    defs: dg.Definitions = field(default_factory=_define)

    @property
    def owned(self) -> Owned:
        """Everything in the definitions is ours."""
        graph = self.defs.resolve_asset_graph()
        jobs = {str(job.name) for job in self.defs.jobs or ()}
        return Owned(jobs, graph.get_all_asset_keys(), list(graph.asset_check_keys))

    def make(
        self,
        partition: str = "a",
        asset: str = "numbers",
        tags: dict[str, str] | None = None,
        *,
        fails: bool = False,
    ) -> str:
        """Materialise a partition, as a sensor does unless other tags are given; the run's id."""
        marks = {_FAILS: "yes"} if fails else {}
        result = _find_job(asset).execute_in_process(
            instance=self.instance,
            partition_key=partition,
            tags={**(ROUTINE if tags is None else tags), **marks},
            raise_on_error=False,
        )
        assert result.success is not fails
        return result.run_id

    def prune_after(self, age: timedelta, **options: Any) -> Pruned:
        """Prune when everything so far has reached an age."""
        now = datetime.now(timezone.utc) + age
        return prune(self.instance, self.owned, ["repo_activity"], KEEP, now, **options)

    @property
    def runs(self) -> set[str]:
        """The ids of all runs."""
        return set(self.instance.get_run_ids())

    @property
    def files(self) -> dict[str, int]:
        """The size of each file of the history, by its path."""
        root = Path(self.instance.root_directory)
        found = [file for file in root.rglob("*") if file.is_file()]
        return {file.relative_to(root).as_posix(): file.stat().st_size for file in found}

    def execute(self, statement: str) -> Any:
        """The result of an SQL statement on the database with the events of assets."""
        with self.instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]
            result = connection.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None

    def status(self) -> dict[str, Any]:
        """What the UI and automation can find out about each asset, partition and check."""
        return dict(self._describe())

    def _describe(self) -> Iterator[tuple[str, Any]]:
        storage = self.instance.event_log_storage
        for check in self.owned.checks:
            yield f"{check}", self.instance.get_latest_asset_check_evaluation_record(check)
        for record in self.instance.get_asset_records(list(self.owned.assets)):
            key, entry = record.asset_entry.asset_key, record.asset_entry
            name = key.to_user_string()
            yield f"{name}: run", entry.last_run_id
            yield f"{name}: latest", entry.last_materialization
            yield f"{name}: observed", self.instance.fetch_observations(key, limit=1).records
            attempts = (
                storage.get_latest_asset_partition_materialization_attempts_without_materializations
            )
            for partition, (run_id, _) in attempts(key).items():
                run = self.instance.get_run_by_id(run_id)
                yield f"{name}: attempt at {partition}", run and run.status
            for partition in sorted(self.instance.get_materialized_partitions(key)):
                only = dg.AssetRecordsFilter(key, asset_partitions=[partition])
                found = self.instance.fetch_materializations(only, limit=1).records
                yield f"{name}: {partition}", found
                observed = self.instance.fetch_observations(only, limit=1).records
                yield f"{name}: {partition} observed", observed
