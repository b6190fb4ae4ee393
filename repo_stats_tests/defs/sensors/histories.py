"""A history of runs and events that is made up, for the decision when to publish."""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import dagster as dg

from repo_stats.defs.sensors.publishing import HISTORY


def run_of(job: str, *assets: str, **options: Any) -> dg.DagsterRun:
    selection = frozenset(map(dg.AssetKey, assets)) or None
    status = options.pop("status", dg.DagsterRunStatus.SUCCESS)
    return dg.DagsterRun(job, asset_selection=selection, status=status, **options)


@dataclass
class History:
    """What the sensor asks Dagster's history.

    Attributes:
        runs: the runs, by ID.
        unfinished: the IDs of those that are queued or running.
        published: the last run of `publish_report`, and when it was created.
        made: the places of the latest rows of history, by repository.
        planned_backlog: the places of the latest plans of backlogs, by repository.
        planned: the places of the latest plans of other assets.
    """

    runs: dict[str, dg.DagsterRun] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    published: tuple[dg.DagsterRun, float] | None = None
    made: dict[str, int] = field(default_factory=dict)
    planned_backlog: dict[str, int] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)

    @property
    def event_log_storage(self) -> "History":
        return self

    def get_run_by_id(self, run_id: str) -> dg.DagsterRun | None:
        return self.runs.get(run_id)

    def get_run_records(self, wanted: dg.RunsFilter, limit: int) -> list[Any]:
        assert limit == 1
        if wanted.run_ids is not None:
            return [run_id for run_id in wanted.run_ids if run_id in self.unfinished]
        assert wanted.job_name == "publish_report"
        if self.published is None:
            return []
        run, created = self.published
        moment = datetime.fromtimestamp(created, timezone.utc)
        return [SimpleNamespace(dagster_run=run, create_timestamp=moment)]

    def get_latest_storage_id_by_partition(
        self, asset: dg.AssetKey, kind: dg.DagsterEventType
    ) -> dict[str, int]:
        is_history = asset == dg.AssetKey(HISTORY)
        assert is_history == (kind is dg.DagsterEventType.ASSET_MATERIALIZATION)
        return self.made if is_history else self.planned_backlog

    def get_latest_planned_materialization_info(self, asset: dg.AssetKey) -> Any:
        place = self.planned.get(asset.path[-1])
        return None if place is None else SimpleNamespace(storage_id=place)
