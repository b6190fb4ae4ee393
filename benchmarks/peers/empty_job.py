"""A Dagster job with the shape of `refresh_watchlist` that does nothing: Dagster's own share.

It has the same steps in the same order (an asset, a plan, mapped ops, an op that combines them, two
assets), and the same single-run partitions, executor and preloaded modules. It has no requests, no
tables and no metadata. `BENCHMARK_BATCHES` is the number of mapped steps.
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
    """Stands for the repository's metadata."""
    return 0


@dg.op(out=dg.DynamicOut(int))
def plan_pages(repo_metadata: int) -> Iterator[dg.DynamicOutput[int]]:
    """One output for each batch."""
    for number in range(BATCHES):
        yield dg.DynamicOutput(repo_metadata + number, mapping_key=f"batch_{number:02d}")


@dg.op
def fetch_pages(batch: int) -> int:
    """Stands for the requests."""
    return batch


@dg.op
def combine_pages(repo_metadata: int, reports: list[int]) -> int:
    """Stands for the list."""
    return repo_metadata + len(reports)


@dg.graph_asset(**ARGUMENTS)
def open_issues(repo_metadata: int) -> int:
    """The graph of the real asset."""
    reports = plan_pages(repo_metadata).map(fetch_pages)
    return combine_pages(repo_metadata, reports.collect())


@dg.asset(**ARGUMENTS)
def issues_per_user(open_issues: int) -> int:
    """Stands for the counts."""
    return open_issues


@dg.asset(**ARGUMENTS)
def repo_statistics(repo_metadata: int, issues_per_user: int) -> int:
    """Stands for the numbers."""
    return repo_metadata + issues_per_user


defs = dg.Definitions(
    assets=[repo_metadata, open_issues, issues_per_user, repo_statistics],
    jobs=[
        dg.define_asset_job("empty_job", "*", tags={"dagster/partition": "empty/empty"}),
    ],
    executor=build_executor(load_settings()),
)
