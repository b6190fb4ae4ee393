"""The warning that stored data is from the future, so that a clock was ahead: once a run."""

from collections.abc import Mapping
from datetime import datetime, timezone

from repo_stats.clock import is_ahead
from repo_stats.defs.jobs import name_repositories
from repo_stats.defs.steps.failures import Context

WARNED_TAG = "repo_stats/warned_of_clock"
"""The tag of a run in which a step has warned: its steps are processes that share nothing else."""


def warn_of_future_times(context: Context, stored: Mapping[str, datetime]) -> None:
    """Warn if data was stored at a time later than now, unless a step of the run already did.

    Args:
        context: of the step that requests the data again.
        stored: when the data of each repository was validated last.
    """
    now = datetime.now(timezone.utc)
    ahead = {repo: moment for repo, moment in stored.items() if is_ahead(moment, now)}
    if not ahead:
        return
    run = context.instance.get_run_by_id(context.run.run_id)
    if run is None or WARNED_TAG in run.tags:
        return
    context.instance.add_run_tags(run.run_id, {WARNED_TAG: "true"})
    context.log.warning(
        f"Data of {name_repositories(list(ahead))} was stored at "
        f"{max(ahead.values()):%Y-%m-%d %H:%M:%S} UTC, later than this machine's clock "
        f"({now:%Y-%m-%d %H:%M:%S} UTC); it is requested again."
    )
