"""The numbers before and after a refresh. Rows are read only of repositories that changed.

The index of states tells which those are: the file of any other one is the same as before.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from repo_stats.cli.refresh_summary import Fate, Row, find_fate
from repo_stats.metrics.history import credible_rows
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.tables import Tables


@dataclass(frozen=True)
class StoredNumbers:
    """What is stored of `repo_statistics`.

    Attributes:
        times: until when the numbers of each repository that has any are known to hold (UTC).
        revisions: of the files that the index of states knows, by repository.
        rows: the rows of the other repositories.
    """

    times: Mapping[str, datetime]
    revisions: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)


def find_numbers(files: Files, repos: Iterable[str]) -> StoredNumbers:
    """What is stored of repositories; those whose rows cannot be read are left out."""
    tables, repos = Tables(files), list(repos)
    states: Mapping[str, RepoState] = {}
    with suppress(WarehouseError):  # the refresh itself says what is wrong
        states = tables.states
    times = {r: at for r in repos if (state := states.get(r)) and (at := state.snapshot_at)}
    revisions = {repo: states[repo].files[REPO_STATISTICS.name].revision for repo in times}
    rows = read_rows(files, [repo for repo in repos if repo not in times])
    told = {repo: row["snapshot_at"] for repo, row in rows.items()}
    return StoredNumbers({**told, **times}, revisions, rows)


def read_rows(files: Files, repos: Iterable[str]) -> dict[str, Row]:
    """The stored rows of `repo_statistics`; without those that cannot be read."""
    tables = Tables(files)
    frames, _ = try_each(repos, lambda repo: tables.find(REPO_STATISTICS, repo))
    return {
        repo: frame.to_dict("records")[0]
        for repo, frame in frames.items()
        if frame is not None and len(frame) == 1
    }


@dataclass(frozen=True)
class Comparison:
    """What a refresh did to the numbers of repositories.

    Attributes:
        before: the numbers before it.
        now: the numbers after it.
        rows_before: the rows before it of the repositories whose file was written since.
        rows_now: the rows of these repositories after it.
    """

    before: StoredNumbers
    now: StoredNumbers
    rows_before: Mapping[str, Row]
    rows_now: Mapping[str, Row]

    @property
    def renewed(self) -> list[str]:
        """The repositories whose numbers hold until later than before."""
        times = self.before.times
        return [repo for repo, moment in self.now.times.items() if moment != times.get(repo)]

    def find_fate(self, repo: str, *, failed: bool) -> Fate:
        """What became of a repository."""
        if repo in self.rows_now or repo not in self.now.times:
            row = self.rows_before.get(repo)
            return find_fate(row, self.rows_now.get(repo), failed=failed)
        if failed:
            return Fate.FAILED
        same = self.before.times.get(repo) == self.now.times[repo]
        return Fate.FRESH if same else Fate.UNCHANGED


def compare_numbers(files: Files, before: StoredNumbers, repos: Iterable[str]) -> Comparison:
    """Compare what is stored of repositories now with what was stored before a refresh."""
    now = find_numbers(files, repos)
    written = [
        repo for repo, revision in now.revisions.items() if before.revisions.get(repo) != revision
    ]
    rows_now = {**now.rows, **read_rows(files, written)}
    rows_before = {repo: before.rows[repo] for repo in rows_now if repo in before.rows}
    for repo in rows_now.keys() - rows_before.keys():
        if repo in before.times:
            rows_before[repo] = _recall(files, repo, before.times[repo], rows_now[repo])
    return Comparison(before, now, rows_before, rows_now)


def _recall(files: Files, repo: str, moment: datetime, now: Row) -> Row:
    """The numbers of a repository at a moment, from its history; as now if that cannot be read."""
    history = Tables(files).find(REPO_HISTORY, repo)
    until = None if history is None else credible_rows(history, moment).tail(1)
    rows = [] if until is None else until.to_dict("records")
    return {**(rows[0] if rows else now), "snapshot_at": moment}
