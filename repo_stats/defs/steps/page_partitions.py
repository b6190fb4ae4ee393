"""Reading pages and recording them as partitions, as `issue_pages` and `open_issues` both do."""

from collections.abc import Mapping

import dagster as dg

from repo_stats.defs.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.defs.steps.failures import Context
from repo_stats.defs.steps.recorded_partitions import find_versions, record_partition
from repo_stats.defs.steps.snapshot_tables import (
    FoundList,
)
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import ISSUE_PAGES


def _record_and_retire(
    context: dg.AssetExecutionContext, pages: PageFolder, lists: Mapping[str, FoundList]
) -> None:
    """Make the partitions of `issue_pages` those of the lists as they are now.

    It is done here, for all steps, so that no request waits for an event to be stored.
    """
    recorder = PageRecorder(context, pages)
    name = ISSUE_PAGE_PARTITIONS.name or ""
    known = set(context.instance.get_dynamic_partitions(name))
    pages_now = [r for found in lists.values() for r in found.results if is_partition(r)]
    versions = find_versions(context, ISSUE_PAGES_KEY, [str(page.key) for page in pages_now])
    for result in pages_now:
        key = str(result.key)
        if key not in known or versions.get(key) != result.head.content_hash:
            recorder.record(result)
    for repo, found in lists.items():
        for page in set(pages.keys(repo)) - {result.key for result in found.results}:
            pages.delete(page)
    recorder.add_partitions()
    for retired in known - {str(result.key) for result in pages_now}:
        if retired.rpartition("/")[0] in lists:
            context.instance.delete_dynamic_partition(name, retired)


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
