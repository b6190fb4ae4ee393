"""A Dagster job of the shape of `refresh_watchlist` that does nothing: Dagster's own share.

The same steps in the same order (an asset, a plan, mapped ops, one that combines them, two assets),
the same single-run partitions, executor and preloaded modules; no requests, no tables, no metadata.
`BENCHMARK_BATCHES` is the number of mapped steps.
"""

import os
import warnings
from collections.abc import Iterator

import dagster as dg

from repo_stats.config.settings import load_settings
from repo_stats.defs.executor import build_executor

BATCHES = int(os.environ["BENCHMARK_BATCHES"])
REPOS = dg.StaticPartitionsDefinition(["empty/empty"])

warnings.filterwarnings("ignore", category=dg.BetaWarning)
ARGUMENTS = {"partitions_def": REPOS, "backfill_policy": dg.BackfillPolicy.single_run()}


@dg.asset(**ARGUMENTS)
def repo_metadata() -> int:
    """In the place of the repository's object."""
    return 0


@dg.op(out=dg.DynamicOut(int))
def plan_pages(repo_metadata: int) -> Iterator[dg.DynamicOutput[int]]:
    """As many outputs as there are batches."""
    for number in range(BATCHES):
        yield dg.DynamicOutput(repo_metadata + number, mapping_key=f"batch_{number:02d}")


@dg.op
def fetch_pages(batch: int) -> int:
    """In the place of the requests."""
    return batch


@dg.op
def combine_pages(repo_metadata: int, reports: list[int]) -> int:
    """In the place of the list."""
    return repo_metadata + len(reports)


@dg.graph_asset(**ARGUMENTS)
def open_issues(repo_metadata: int) -> int:
    """The same graph as that of the real asset."""
    reports = plan_pages(repo_metadata).map(fetch_pages)
    return combine_pages(repo_metadata, reports.collect())


@dg.asset(**ARGUMENTS)
def issues_per_user(open_issues: int) -> int:
    """In the place of the counts."""
    return open_issues


@dg.asset(**ARGUMENTS)
def repo_statistics(repo_metadata: int, issues_per_user: int) -> int:
    """In the place of the numbers."""
    return repo_metadata + issues_per_user


defs = dg.Definitions(
    assets=[repo_metadata, open_issues, issues_per_user, repo_statistics],
    jobs=[
        dg.define_asset_job("empty_job", "*", tags={"dagster/partition": "empty/empty"}),
    ],
    executor=build_executor(load_settings()),
)
