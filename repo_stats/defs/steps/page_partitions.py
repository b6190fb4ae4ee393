"""The partitions of `issue_pages`: recorded when a page is new, retired when it is gone."""

from collections.abc import Collection, Iterable, Mapping

import dagster as dg

from repo_stats.defs.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.defs.steps.failures import Context
from repo_stats.defs.steps.recorded_partitions import find_versions, record_partition
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import ISSUE_PAGES

ISSUE_PAGES_KEY = dg.AssetKey(ISSUE_PAGES.name)

_PARTITIONS_NAME = ISSUE_PAGE_PARTITIONS.name or ""


class PageRecorder:
    """Records materialisations of `issue_pages` from within a step.

    A run that is killed can leave pages that are stored but not recorded. `update_partitions`
    records them later.

    Args:
        context: of the step.
        pages: where the pages are stored.
    """

    def __init__(self, context: Context, pages: PageFolder) -> None:
        self._context = context
        self._pages = pages
        self._recorded: list[str] = []

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
        """Add the partitions of all recorded pages: once a step, because each call is slow."""
        if self._recorded:
            instance = self._context.instance
            instance.add_dynamic_partitions(_PARTITIONS_NAME, sorted(self._recorded))


def is_partition(result: PageResult) -> bool:
    """Whether a page is a partition. An empty page is one only if the whole list is empty."""
    return result.head.rows > 0 or result.key.number == 1


def update_partitions(
    context: dg.AssetExecutionContext, pages: PageFolder, snapshots: Mapping[str, ListSnapshot]
) -> None:
    """Make the partitions of `issue_pages` match the lists as they are now.

    One step does this after all requests, so that no request waits until an event is stored.

    Args:
        context: of the step.
        pages: where the pages are stored; pages that no list has any more are removed.
        snapshots: the lists, by repository. Pages of other repositories stay.
    """
    known = set(context.instance.get_dynamic_partitions(_PARTITIONS_NAME))
    current = [page for list_ in snapshots.values() for page in list_.results if is_partition(page)]
    versions = find_versions(context, ISSUE_PAGES_KEY, [str(page.key) for page in current])
    recorder = PageRecorder(context, pages)
    for page in current:
        key = str(page.key)
        if key not in known or versions.get(key) != page.head.content_hash:
            recorder.record(page)
    for repo, snapshot in snapshots.items():
        for retired in set(pages.keys(repo)) - {page.key for page in snapshot.results}:
            pages.delete(retired)
    recorder.add_partitions()
    _retire(context, snapshots, known - {str(page.key) for page in current})


def retire_partitions(context: Context, repos: Collection[str]) -> None:
    """Retire all partitions of the pages of repositories."""
    _retire(context, repos, context.instance.get_dynamic_partitions(_PARTITIONS_NAME))


def _retire(context: Context, repos: Collection[str], partitions: Iterable[str]) -> None:
    for partition in partitions:
        if partition.rpartition("/")[0] in repos:
            context.instance.delete_dynamic_partition(_PARTITIONS_NAME, partition)
