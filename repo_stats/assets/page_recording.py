"""Reading pages and recording them as partitions, as `issue_pages` and `open_issues` both do."""

from collections import Counter
from collections.abc import Collection, Iterable

import dagster as dg
import pandas as pd

from repo_stats.assets.asking import Context
from repo_stats.assets.recording import record_partition
from repo_stats.github.lists import ListSource
from repo_stats.github.scan import Outcome, PageResult
from repo_stats.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.resources import GitHubResource
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import ISSUE_PAGES

ISSUE_PAGES_KEY = dg.AssetKey(ISSUE_PAGES.name)


class PageRecorder:
    """Records materialisations of `issue_pages` from within a step, for pages with new content.

    A run that is killed before leaves pages that are stored and not recorded; `open_issues`
    compares what is recorded with what is stored, and makes up for it.

    Args:
        context: of the step.
        pages: where the pages are stored.
    """

    def __init__(self, context: Context, pages: PageFolder) -> None:
        self._context = context
        self._pages = pages
        self._recorded: list[str] = []

    @property
    def log(self) -> dg.DagsterLogManager:
        """The step's log."""
        return self._context.log

    def record_if_new(self, result: PageResult) -> None:
        """Record a page if its content is new."""
        if result.outcome is Outcome.FETCHED and is_partition(result):
            self.record(result)

    def record(self, result: PageResult) -> None:
        """Record a page."""
        partition = str(result.key)
        metadata = {
            "dagster/uri": self._pages.uri(result.key),
            "dagster/partition_row_count": result.head.rows,
            "content_hash": result.head.content_hash,
        }
        record_partition(self._context, ISSUE_PAGES_KEY, partition, metadata)
        self._recorded.append(partition)

    def add_partitions(self) -> None:
        """Add the partitions of all recorded pages, once a step."""
        if self._recorded:
            self._context.instance.add_dynamic_partitions(
                ISSUE_PAGE_PARTITIONS.name or "", sorted(self._recorded)
            )


def is_partition(result: PageResult) -> bool:
    """Whether a page is a partition: an empty one is not, unless the whole list is empty."""
    return result.head.rows > 0 or result.key.number == 1


def count_outcomes(results: Iterable[PageResult]) -> str:
    """How many pages came to be up to date in which way, for the log."""
    counts = Counter(result.outcome for result in results)
    parts = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    return f"{counts.total()} pages, {parts}"


def list_sources(
    github: GitHubResource, metadata: pd.DataFrame, repos: Collection[str]
) -> list[ListSource]:
    """The lists of open issues of those of some repositories that `metadata` has a row of."""
    columns = metadata[["repo", "repo_id", "has_issues", "open_issues_count"]]
    return [
        ListSource(
            repo=repo,
            repo_id=int(repo_id),
            api_url=github.api_url,
            per_page=github.per_page,
            has_issues=bool(has_issues),
            counter=int(count),
        )
        for repo, repo_id, has_issues, count in columns.itertuples(index=False)
        if repo in repos
    ]


def recent_requests(metadata: pd.DataFrame) -> list[float]:
    """When the rows of `repo_metadata` were asked for, in epoch seconds: a request each.

    The steps after it count those of the last minute, so that the run as a whole keeps its pace.
    """
    return [time.timestamp() for time in metadata["validated_at"]]
