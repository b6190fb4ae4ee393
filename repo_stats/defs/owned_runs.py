"""What of Dagster's history is ours. Other projects may share it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import dagster as dg

from repo_stats.defs.jobs import OUR_JOBS

_MANUAL_JOBS = ("__ASSET_JOB", "__anonymous_asset_job")
"""How Dagster calls runs of picked assets, in each project that shares the history."""


@dataclass(frozen=True)
class Owned:
    """What of a history is ours.

    Attributes:
        jobs: the names of our jobs.
        assets: our assets.
        checks: their checks.
        location: the code location that we are loaded from; None if that is not known.
    """

    jobs: Collection[str]
    assets: Collection[dg.AssetKey]
    checks: Collection[dg.AssetCheckKey]
    location: str | None = None

    def includes(self, run: dg.DagsterRun) -> bool:
        """Whether a run is one of our jobs, or made and checked nothing but our assets.

        A run by hand that names nothing may be of another project. So may a run of a job with the
        same name, if it was started from another code location. A run from the command line has
        none.
        """
        location = location_of(run)
        if None not in (location, self.location) and location != self.location:
            return False
        if run.job_name.startswith(_MANUAL_JOBS):
            assets, checks = run.asset_selection or (), run.asset_check_selection or ()
            is_named = bool(assets or checks)
            return is_named and set(assets) <= set(self.assets) and set(checks) <= set(self.checks)
        return run.job_name in self.jobs


def find_owned(assets: Sequence[dg.AssetsDefinition]) -> Owned:
    """What is ours: all jobs, these assets and their checks."""
    return Owned(
        jobs=OUR_JOBS,
        assets={key for asset in assets for key in asset.keys},
        checks=[spec.key for asset in assets for spec in asset.check_specs],
    )


def location_of(run: dg.DagsterRun) -> str | None:
    """The name of the code location that a run was started from; None if it has none."""
    origin = run.remote_job_origin
    return origin.repository_origin.code_location_origin.location_name if origin else None
