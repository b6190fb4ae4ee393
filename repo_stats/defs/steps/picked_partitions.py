"""The repositories of a run, as its steps see them; `defs/picking.py` completes its tags."""

import dagster as dg

from repo_stats.defs.jobs import REFRESH_WATCHLIST
from repo_stats.defs.named_repositories import find_named, keep_named
from repo_stats.defs.partitions import UNKNOWN_TAG
from repo_stats.defs.steps.failures import Context


def find_repos(context: Context) -> list[str]:
    """The repositories of the run, in the order of the watchlist.

    Raises:
        dg.Failure: none was picked for `refresh_repo`, or one that is not in the watchlist.
    """
    if unknown := context.run.tags.get(UNKNOWN_TAG):
        raise dg.Failure(
            f"{unknown} cannot be picked: pick repositories of the watchlist, in its order, and "
            "reload the definitions after it has changed.",
            allow_retries=False,
        )
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure(
            f"The job {context.job_name} needs a repository: pick one in the UI, or with --tags "
            f'\'{{"dagster/partition": "owner/name"}}\'. {REFRESH_WATCHLIST} takes all of them.',
            allow_retries=False,
        )
    return keep_named(context.partition_keys, find_named(context.run.run_config))
