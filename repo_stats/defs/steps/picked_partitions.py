"""The repositories of a run, as its steps see them; `defs/picking.py` completes its tags."""

from repo_stats.defs.failing import StepError
from repo_stats.defs.jobs import JOBS_OF_MARKS, PUBLISH_REPORT, REFRESH_WATCHLIST
from repo_stats.defs.named_repositories import find_named, keep_named
from repo_stats.defs.partitions import UNKNOWN_TAG, describe_unknown
from repo_stats.defs.steps.failures import Context

_OF_ALL = (REFRESH_WATCHLIST, *JOBS_OF_MARKS.values(), PUBLISH_REPORT)
"""The jobs that take all repositories if none is picked."""


def find_repos(context: Context) -> list[str]:
    """The repositories of the run, in the order of the watchlist.

    Raises:
        StepError: none was picked for `refresh_repo`, or one that is not in the watchlist; or
            nothing is watched.
    """
    if unknown := context.run.tags.get(UNKNOWN_TAG):
        raise StepError(describe_unknown(unknown))
    is_picked = context.has_partition_key or context.has_partition_key_range
    if not is_picked and context.job_name in _OF_ALL:
        raise StepError(
            "Nothing is watched: no list that the watchlist names has brought in a repository yet. "
            "`repo-stats watch` says what the watchlist has."
        )
    if not is_picked:
        raise StepError(
            f"The job {context.job_name} needs a repository: pick one in the UI, or with --tags "
            f'\'{{"dagster/partition": "owner/name"}}\'. {REFRESH_WATCHLIST} takes all of them.'
        )
    return keep_named(context.partition_keys, find_named(context.run.run_config))
