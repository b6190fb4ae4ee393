"""A deployment in the tests: ticks of its sensors and schedules, and the runs they request."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from unittest.mock import patch

import dagster as dg

from repo_stats.config.settings import Settings
from repo_stats.definitions import build_defs
from repo_stats.defs.jobs import PARTITION
from repo_stats.defs.named_repositories import find_named
from repo_stats.defs.picking import complete_tags
from repo_stats.defs.resources import github_resource
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats_tests.helpers.first_runs import carry_out_first
from repo_stats_tests.helpers.github import HastyGitHub, InProcessGitHub
from repo_stats_tests.helpers.instances import instance_in_a_folder
from repo_stats_tests.helpers.shared_jobs import CLOCK, define, find_job


@dataclass
class Deployment:
    """Sensors and schedules over an instance, with the cursors and runs of a daemon.

    Attributes:
        settings: of the deployment.
        instance: where runs and events are kept.
        clock: gives the sensors the time, in seconds since the epoch.
        api: the GitHub API.
        cursors: the cursor of each sensor.
        done: the run keys that were carried out.
        events: the events of assets that the latest tick gave.
        jobs: those that were made so far, by name.
        begins_like_others: whether its first runs are those of other modules' deployments, too.
    """

    settings: Settings
    instance: dg.DagsterInstance
    clock: Callable[[], float] = time.time
    api: type[InProcessGitHub] = HastyGitHub
    cursors: dict[str, str | None] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    events: list[object] = field(default_factory=list)
    jobs: dict[str, dg.JobDefinition] = field(default_factory=dict)
    begins_like_others: bool = False

    def __post_init__(self) -> None:
        self.github = self.api(**github_resource(self.settings).model_dump())
        resources = {
            "github": self.github,
            "warehouse": WarehouseResource(root=self.settings.warehouse),
        }
        # As they are. Dagster would make each of them anew, with all its types, in every tick,
        # though what it adds is of runs alone: that would take as long as all else in a tick.
        self.resources = {
            key: dg.ResourceDefinition.hardcoded_resource(resource)
            for key, resource in resources.items()
        }
        self.defs = self._define()
        self.sensors = {sensor.name: sensor for sensor in self.defs.sensors or []}

    def _define(self) -> dg.Definitions:
        if self.api is HastyGitHub:
            return define(self.settings)
        return build_defs(
            self.settings,
            github=self.github,
            executor=dg.in_process_executor,
            clock=self.clock,
        )

    def find_job(self, name: str) -> dg.JobDefinition:
        """A job, made once: making it takes a fifth of what a run takes."""
        if self.api is HastyGitHub:
            return find_job(self.settings, name)
        if name not in self.jobs:
            self.jobs[name] = self.defs.resolve_job_def(name)
        return self.jobs[name]

    def tick(self, name: str) -> list[dg.RunRequest] | str:
        """Evaluate a sensor: the runs that it requests, or why it requests none."""
        sensor = self.sensors[name]
        wanted = {key: self.resources[key] for key in sensor.required_resource_keys}
        with (
            dg.build_sensor_context(
                self.instance, self.cursors.get(name), definitions=self.defs
            ) as context,
            patch.object(CLOCK, "now", self.clock),
        ):
            result = sensor(context, **wanted)
        if isinstance(result, dg.SkipReason):
            return str(result.skip_message)
        assert isinstance(result, dg.SensorResult)
        self.cursors[name], self.events = result.cursor, list(result.asset_events)
        if result.run_requests:
            return list(result.run_requests)
        assert result.skip_reason is not None
        return str(result.skip_reason.skip_message)

    def tick_schedule(self, name: str, at: float) -> list[dg.RunRequest] | str:
        """Evaluate a schedule while nothing runs: the runs that it requests, or why it has none.

        Schedules need an instance in a folder.
        """
        [schedule] = [s for s in self.defs.schedules or [] if s.name == name]
        assert isinstance(schedule, dg.ScheduleDefinition)
        moment = datetime.fromtimestamp(at, timezone.utc)
        with (
            instance_in_a_folder() as kept,
            dg.build_schedule_context(kept, scheduled_execution_time=moment) as context,
        ):
            result = schedule(context)
        if isinstance(result, dg.SkipReason):
            return str(result.skip_message)
        assert isinstance(result, list)
        return result

    def run(
        self, requests: Sequence[dg.RunRequest] | str, assets: Sequence[str] = ()
    ) -> list[dg.ExecuteInProcessResult]:
        """Carry out run requests as the daemon does: those with the same key only once.

        With `assets`, only these of each run.
        """
        selection = [dg.AssetKey(asset) for asset in assets]
        if isinstance(requests, str):
            return []
        results = []
        for request in requests:
            if request.run_key in self.done:
                continue
            if request.run_key:
                self.done.add(request.run_key)
            name = request.job_name or "refresh_watchlist"
            picked = {PARTITION: request.partition_key} if request.partition_key else {}
            results.append(
                self.find_job(name).execute_in_process(
                    instance=self.instance,
                    run_config=request.run_config,
                    asset_selection=selection or request.asset_selection,
                    tags=complete_tags(
                        name,
                        {**request.tags, **picked},
                        self.settings,
                        find_named(request.run_config),
                    ),
                    raise_on_error=False,
                )
            )
        return results

    def begin(self, requests: Sequence[dg.RunRequest] | str) -> list[dg.ExecuteInProcessResult]:
        """Carry out the first runs of a test, or copy what they leave."""
        assert not isinstance(requests, str), requests
        self.done |= {request.run_key for request in requests if request.run_key}
        named = [dg.RunRequest(**{**request._asdict(), "run_key": None}) for request in requests]
        return carry_out_first(
            lambda: self.run(named),
            named,
            self.settings,
            self.instance,
            is_of_module=not self.begins_like_others,
        )


def requested(requests: list[dg.RunRequest] | str) -> list[tuple[str | None, str | None]]:
    """The job and the partition, or the range, of each run request."""
    assert not isinstance(requests, str), requests
    return [
        (
            request.job_name,
            request.partition_key
            or request.tags.get(PARTITION)
            or f"{request.tags['dagster/asset_partition_range_start']}..."
            f"{request.tags['dagster/asset_partition_range_end']}",
        )
        for request in requests
    ]
