"""The rows of `repo_metadata` in a run: what is known before, what was read, and what to write."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import cast

import dagster as dg
import pandas as pd

from repo_stats.clock import trust
from repo_stats.defs.resources import GitHubResource
from repo_stats.defs.steps.clock_warnings import warn_of_future_times
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.repository_readings import RepositoryReadings
from repo_stats.defs.steps.repository_states import Before, needs_full, state_of_row
from repo_stats.defs.stored_rows import Refreshed
from repo_stats.github.errors import GitHubError
from repo_stats.github.parsing import RepoMetadataRow
from repo_stats.github.repositories import repository_url
from repo_stats.warehouse.frames import join_frames, to_frame, to_records
from repo_stats.warehouse.one_by_one import try_each, work_on_each
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.tables import Tables


class KnownRepositories:
    """The repositories of a run, and what is known of them before it reads any.

    Rows are read only of repositories whose file is not the one that the state knows.

    Args:
        context: of the step.
        scope: what the step has to work on.
        tables: the warehouse's tables.

    Attributes:
        repos: the repositories.
        rows: the stored rows that were read.
        unusable: why files of some cannot be read.
        before: what is known of each that was ever read.
    """

    def __init__(
        self, context: dg.AssetExecutionContext, scope: RefreshScope, tables: Tables
    ) -> None:
        self.repos = find_repos(context)
        self._scope = scope
        self._tables = tables
        held = {repo for repo in self.repos if scope.holds(REPO_METADATA, repo)}
        unknown = [repo for repo in self.repos if repo not in held]
        found, self.unusable = try_each(
            tables.list_stored(REPO_METADATA, unknown),
            lambda repo: tables.find(REPO_METADATA, repo),
            context.log,
        )
        self.rows = {r: row for r, row in found.items() if row is not None and len(row) == 1}
        times = {repo: row["validated_at"].item() for repo, row in self.rows.items()}
        warn_of_future_times(context, times)
        self.before = {
            repo: Before(int(row["repo_id"].item()), times[repo]) for repo, row in self.rows.items()
        }
        self.before |= {repo: Before.by_state(scope.states[repo]) for repo in held}

    @property
    def names(self) -> set[str]:
        """The names under which the repositories are stored; they may be spelled differently."""
        held = {repo for repo in self.before if repo not in self.rows}
        return held | {str(row["repo"].item()) for row in self.rows.values()}

    def find_wanted(self, github: GitHubResource) -> list[str]:
        """The repositories to request: first those never read, then those read longest ago."""
        now = datetime.now(timezone.utc)
        wanted = [
            repo
            for repo in self.repos
            if repo not in self.unusable and not self._is_fresh(repo, github, now)
        ]
        new = [repo for repo in wanted if repo not in self.before]
        old = [repo for repo in wanted if repo in self.before]
        return [*new, *sorted(old, key=lambda repo: trust(self.before[repo].read_at, now))]

    def _is_fresh(self, repo: str, github: GitHubResource, now: datetime) -> bool:
        """Whether the row of a repository needs no request."""
        before = self.before.get(repo)
        if before is None or not self._scope.freshness.holds(before.read_at, now):
            return False
        if before.state is not None:  # a state is only known of the same address
            # A look at its pulse leaves out what is asked for once a day.
            full_at = before.state.subscribers_at
            is_full = full_at is not None and self._scope.freshness.holds(full_at, now)
            return is_full or not needs_full(before, now)
        return bool(self.rows[repo]["url"].item() == repository_url(github.api_url, repo))

    def load(self, repos: Sequence[str]) -> dict[str, pd.DataFrame]:
        """The stored rows of some repositories, as far as they are there."""
        found = {
            repo: self.rows[repo] if repo in self.rows else self._tables.find(REPO_METADATA, repo)
            for repo in repos
        }
        return {repo: row for repo, row in found.items() if row is not None and len(row) == 1}


@dataclass(frozen=True)
class MetadataRows:
    """What a run has to store of `repo_metadata`.

    Attributes:
        frames: the rows of the repositories that changed, or that Dagster should record.
        states: what is known now of each repository that was read, or whose row has to be written.
        written: the repositories whose rows have to be written.
        ids: GitHub's numbers of the repositories.
        errors: why the rows of others cannot be stored.
    """

    frames: Mapping[str, pd.DataFrame]
    states: Mapping[str, RepoState]
    written: Collection[str]
    ids: Mapping[str, int]
    errors: Mapping[str, GitHubError]

    def frame_without(self, repos: Collection[str]) -> pd.DataFrame:
        """The rows of all but some repositories."""
        frames = [frame for repo, frame in self.frames.items() if repo not in repos]
        return join_frames(REPO_METADATA, frames)

    def to_store(self, frame: pd.DataFrame, unusable: Collection[str]) -> Refreshed:
        """What has to be stored with a frame, without the repositories that cannot be."""
        states = {repo: state for repo, state in self.states.items() if repo not in unusable}
        return Refreshed(frame, states, set(frame["repo"]) - set(self.written))


def combine_rows(
    scope: RefreshScope, known: KnownRepositories, readings: RepositoryReadings, *, vouches: bool
) -> MetadataRows:
    """What a run has to store, from what was known before and what it has read.

    Args:
        scope: what the step has to work on.
        known: what was known before.
        readings: what was read.
        vouches: whether a pulse may show that a list needs no request.
    """
    is_limited = readings.usage.quota is not None  # queries have limits of their own
    states = {
        repo: state_of_row(
            row,
            scope.states.get(repo),
            readings.pulses.get(repo),
            vouches=vouches,
            is_limited=is_limited,
        )
        for repo, row in readings.rows.items()
    }
    kept = {repo: row for repo, row in known.rows.items() if repo not in readings.rows}
    kept = {repo: row for repo, row in kept.items() if repo not in readings.errors}
    states |= {repo: _state_of_stored(row, scope.states.get(repo)) for repo, row in kept.items()}
    changed = [repo for repo in states if not _is_stored(repo, states[repo], known)]
    read = [repo for repo in changed if repo in readings.rows]
    frames, errors = work_on_each(read, lambda repo: to_frame(REPO_METADATA, [readings.rows[repo]]))
    usable = [r for r in known.repos if (r in states or r in known.before) and r not in errors]
    usable = [repo for repo in usable if repo not in readings.errors]
    shown = [r for r in scope.choose(REPO_METADATA, usable) if r not in frames]
    frames |= known.load(list(dict.fromkeys([*shown, *kept])))
    ids = {repo: before.repo_id for repo, before in known.before.items()}
    ids |= {repo: state.repo_id for repo, state in states.items()}
    return MetadataRows(
        frames={repo: frames[repo] for repo in known.repos if repo in frames},
        states={repo: state for repo, state in states.items() if repo not in errors},
        written=set(changed) - errors.keys(),
        ids={repo: ids[repo] for repo in known.repos if repo in ids},
        errors=errors,
    )


def _is_stored(repo: str, state: RepoState, known: KnownRepositories) -> bool:
    """Whether the stored row tells what the state tells, so that it need not be written."""
    before = known.before.get(repo)
    return (
        before is not None
        and before.state is not None
        and before.state.content_hash == state.content_hash
    )


def _state_of_stored(row: pd.DataFrame, before: RepoState | None) -> RepoState:
    """The state of a repository whose row is stored and fresh, but not known to the index."""
    [values] = to_records(row)
    stored = cast("RepoMetadataRow", values)
    return state_of_row(stored, before, None, vouches=False)
