"""Why repositories could not be refreshed, one small file each, for as long as that lasts."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from repo_stats.warehouse.files import Files


@dataclass(frozen=True)
class RefreshFailure:
    """Why a repository could not be refreshed: what is stored of it is stale.

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


SYNC_FAILURES = "sync_failures"
"""The folder of those that concern all items of a repository, open or not."""


@dataclass(frozen=True)
class RefreshFailures:
    """The problems that are kept in a warehouse.

    Attributes:
        files: of the warehouse.
        folder: where they are: those of refreshes and those of histories are told apart.
    """

    files: Files
    folder: str = "problems"

    def record(self, repo: str, reason: str, run_id: str, now: datetime) -> RefreshFailure:
        """Record that a run could not refresh a repository, since the first time if again.

        Raises:
            WarehouseError: it cannot be stored.
        """
        known = self.find(repo)
        problem = RefreshFailure(repo, reason, known.since if known else now, run_id)
        note = {**asdict(problem), "since": problem.since.isoformat()}
        self.files.write(self._path(repo), json.dumps(note, indent=1).encode())
        return problem

    def find(self, repo: str) -> RefreshFailure | None:
        """The problem of a repository, if it has one."""
        content = self.files.read(self._path(repo))
        try:
            note = json.loads(content or b"{}")
            return RefreshFailure(**{**note, "since": datetime.fromisoformat(note["since"])})
        except (KeyError, TypeError, ValueError):
            return None

    def of_run(self, repos: Iterable[str], run_id: str) -> dict[str, RefreshFailure]:
        """The repositories that a run could not refresh, with why."""
        found = {repo: self.find(repo) for repo in repos}
        return {
            repo: problem
            for repo, problem in found.items()
            if problem is not None and problem.run_id == run_id
        }

    def clear(self, repo: str) -> None:
        """Forget a repository's problem, after a refresh of all of it."""
        if self.files.exists(self._path(repo)):
            self.files.delete(self._path(repo))

    def _path(self, repo: str) -> str:
        return f"{self.folder}/{repo}.json"
