"""Why repositories could not be refreshed: one small file each, until a refresh succeeds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from repo_stats.clock import is_ahead
from repo_stats.json_codec import to_json
from repo_stats.safe_text import make_safe
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.json_files import find_json
from repo_stats.warehouse.listings import list_paths

# Both folders keep the names that earlier versions gave them.
REFRESH_FAILURES = "problems"
"""The folder of failures to refresh a repository's numbers and open items."""

SYNC_FAILURES = "history_problems"
"""The folder of failures to refresh all items of a repository, open or not."""

TRAFFIC_FAILURES = "traffic_problems"
"""The folder of failures to read the views and clones of a repository."""

DOWNLOADS_FAILURES = "downloads_problems"
"""The folder of failures to read the releases of a repository."""

FAILURES = (REFRESH_FAILURES, SYNC_FAILURES, TRAFFIC_FAILURES, DOWNLOADS_FAILURES)
"""All folders of failures."""


@dataclass(frozen=True)
class RefreshFailure:
    """Why a repository could not be refreshed, so that its stored rows are stale.

    Attributes:
        repo: its owner/name.
        reason: what happened and what to do, in one plain sentence.
        since: when a refresh first failed (UTC).
        run_id: the run that failed last.
    """

    repo: str
    reason: str
    since: datetime
    run_id: str


@dataclass(frozen=True)
class RefreshFailures:
    """The failures that a warehouse keeps in one of its folders.

    Attributes:
        files: the files of the warehouse.
        folder: one of `FAILURES`.
    """

    files: Files
    folder: str = REFRESH_FAILURES

    def record(self, repo: str, reason: str, run_id: str, now: datetime) -> RefreshFailure:
        """Record that a run could not refresh a repository; an earlier failure keeps its `since`.

        A `since` in the future, which a clock that was ahead has left, is replaced.

        Raises:
            WarehouseError: the failure cannot be stored.
        """
        known, since = self.find(repo), now
        if known is not None and not is_ahead(known.since, now):
            since = known.since
        failure = RefreshFailure(repo, make_safe(reason), since, run_id)
        self.files.write(self._path(repo), to_json(failure))
        return failure

    def find(self, repo: str) -> RefreshFailure | None:
        """The failure of a repository, or None if its last refresh succeeded.

        Raises:
            WarehouseError: the file exists and cannot be read.
        """
        return find_json(self.files, self._path(repo), RefreshFailure)

    def find_all(self, repos: Iterable[str]) -> dict[str, RefreshFailure]:
        """The failures of repositories, by repository; one listing for each owner that has any.

        Raises:
            WarehouseError: the folder or a file in it exists and cannot be read.
        """
        found = {repo: self.find(repo) for repo in self.list_recorded(repos)}
        return {repo: failure for repo, failure in found.items() if failure is not None}

    def of_run(self, repos: Iterable[str], run_id: str) -> dict[str, RefreshFailure]:
        """The failures of a run, by repository.

        Raises:
            WarehouseError: the folder or a file in it exists and cannot be read.
        """
        found = self.find_all(repos)
        return {repo: failure for repo, failure in found.items() if failure.run_id == run_id}

    def clear(self, repo: str) -> None:
        """Forget a repository's failure, after it was refreshed completely.

        Raises:
            WarehouseError: the file cannot be removed.
        """
        if self.files.exists(self._path(repo)):
            self.files.delete(self._path(repo))

    def rename(self, old: str, new: str) -> None:
        """Record a repository's failure under another name, which keeps its own if it has one.

        Raises:
            WarehouseError: a file cannot be read, written or removed.
        """
        failure = self.find(old)
        is_same = self.files.is_same_file(self._path(old), self._path(new))
        if failure is not None and (is_same or self.find(new) is None):
            self.files.write(self._path(new), to_json(replace(failure, repo=new)))
        if not is_same:
            self.clear(old)

    def list_recorded(self, repos: Iterable[str]) -> list[str]:
        """The repositories that may have a failure; most have none, so the folders are listed.

        Where case is ignored, a file may have the name of an earlier spelling.

        Raises:
            WarehouseError: a folder exists and cannot be listed.
        """
        repos = list(repos)
        wanted = {repo.partition("/")[0].lower() for repo in repos}
        listed = list_paths(self.files, self.folder, lambda owner: owner.lower() in wanted)
        recorded = {f"{self.folder}/{path}".lower() for path in listed}
        return [repo for repo in repos if self._path(repo).lower() in recorded]

    def _path(self, repo: str) -> str:
        return f"{self.folder}/{repo}.json"
