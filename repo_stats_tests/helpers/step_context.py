"""The context of a step, without a run: it keeps what the step logs and records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import dagster as dg


@dataclass
class KeptLog:
    """Keeps what is logged, as pairs of a level and a text."""

    entries: list[tuple[str, str]] = field(default_factory=list)

    def debug(self, text: str) -> None:
        self.entries.append(("debug", text))

    def info(self, text: str) -> None:
        self.entries.append(("info", text))

    def warning(self, text: str) -> None:
        self.entries.append(("warning", text))

    def of(self, level: str) -> list[str]:
        return [text for each, text in self.entries if each == level]


class StepContext:
    """What steps use of Dagster's context.

    Args:
        repos: the repositories of the run; none if it was started without any.
        tags: of the run.
        retry: how often the step was tried before.
        parent: the ID of the run that this one re-executes.
        instance: Dagster's instance, or what the step uses of it.
    """

    def __init__(
        self,
        *repos: str,
        tags: Mapping[str, str] | None = None,
        retry: int = 0,
        parent: str | None = None,
        instance: Any = None,
    ) -> None:
        self.log = KeptLog()
        self.run = SimpleNamespace(
            run_id="run-1", tags=dict(tags or {}), parent_run_id=parent, run_config={}
        )
        self.retry_number = retry
        self.instance = instance
        self.job_name = "refresh_repo"
        self.partition_keys = repos
        self.has_partition_key = len(repos) == 1
        self.has_partition_key_range = len(repos) > 1
        self.asset_key = dg.AssetKey("the_asset")
        self.events: list[Any] = []
        self.shown: dict[str | None, dict[str, Any]] = {}
        self.versions: dict[str, str] = {}

    def log_event(self, event: Any) -> None:
        """Keep a materialisation or an observation."""
        self.events.append(event)

    def add_asset_metadata(
        self,
        metadata: Mapping[str, Any],
        asset_key: dg.AssetKey | None = None,
        partition_key: str | None = None,
    ) -> None:
        """Keep what Dagster is to show of a partition, or of the asset."""
        self.shown[partition_key] = dict(metadata)

    def set_data_version(self, asset_key: dg.AssetKey, version: dg.DataVersion) -> None:
        """Keep what Dagster is to take as the version of an asset."""
        self.versions[asset_key.to_user_string()] = version.value

    @property
    def recorded(self) -> list[str]:
        """The assets and partitions that were materialised, in order."""
        return [
            f"{event.asset_key.to_user_string()} of {event.partition}"
            for event in self.events
            if isinstance(event, dg.AssetMaterialization)
        ]


def step_context(*repos: str, **options: Any) -> Any:
    """A context that takes the place of Dagster's; see `StepContext`."""
    return StepContext(*repos, **options)
