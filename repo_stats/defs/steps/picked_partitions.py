"""The repositories of a run, as its steps see them; `defs/picking.py` completes its tags."""

from repo_stats.defs.failing import StepError
from repo_stats.defs.jobs import REFRESH_WATCHLIST
from repo_stats.defs.named_repositories import find_named, keep_named
from repo_stats.defs.partitions import UNKNOWN_TAG
from repo_stats.defs.steps.failures import Context


def find_repos(context: Context) -> list[str]:
    """The repositories of the run, in the order of the watchlist.

    Raises:
        StepError: none was picked for `refresh_repo`, or one that is not in the watchlist.
    """
    if unknown := context.run.tags.get(UNKNOWN_TAG):
        raise StepError(
            f"{unknown} cannot be picked: pick repositories of the watchlist, in its order, and "
            "reload the definitions after it has changed."
        )
    if not (context.has_partition_key or context.has_partition_key_range):
        raise StepError(
            f"The job {context.job_name} needs a repository: pick one in the UI, or with --tags "
            f'\'{{"dagster/partition": "owner/name"}}\'. {REFRESH_WATCHLIST} takes all of them.'
        )
    return keep_named(context.partition_keys, find_named(context.run.run_config))
