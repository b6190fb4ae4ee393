"""Which repositories a step of a refresh has to work on: those in which something changed.

A run that leaves its events to its steps works on nothing else. Any other run works on all of its
repositories, because Dagster records each of them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timezone
from functools import cached_property

import dagster as dg

from repo_stats.clock import is_ahead
from repo_stats.config.settings import find_dagster_home
from repo_stats.defs.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.defs.steps.asset_specs import version_rows
from repo_stats.defs.steps.github_requests import freshness_of_run, started_at
from repo_stats.defs.steps.materializations import choose_in_turn, defers_events
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.recorded_partitions import find_still_valid
from repo_stats.github.repositories import repository_url
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_STATISTICS, TableSchema
from repo_stats.warehouse.states.listed_files import ListedFiles
from repo_stats.warehouse.states.repo_state import RepoState, with_sources

MOST_MADE_DAILY = 100
"""Up to how many unchanged repositories the day's first refresh makes and records again. If there
are more, their histories get a row, but Dagster's history no event."""


class RefreshScope:
    """The repositories of a run, and what is known of them.

    Args:
        context: of the step.
        github: the API.
        refresh: the options of the run.
        warehouse: where the tables are.

    Attributes:
        tables: those of the warehouse, with what was known of repositories when the step began.
        freshness: which data need no request.
        states: what is known of each repository, except from the future.
    """

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> None:
        self._context = context
        self._github = github
        self._refresh = refresh
        self.tables = tables = warehouse.tables
        self._versions = version_rows(warehouse.bots)
        self._readable: dict[tuple[str, str], bool] = {}
        self.freshness = freshness_of_run(context, github, refresh)
        self.states = trust_states(tables.states, datetime.now(timezone.utc))

    @cached_property
    def _listed(self) -> ListedFiles:
        return ListedFiles(self.tables.files, find_repos(self._context))

    def holds(self, schema: TableSchema, repo: str) -> bool:
        """Whether a repository's file of a table is the one that is known.

        A revalidation reads the file too: a disk can lose bits of it unseen.
        """
        state = self.states.get(repo)
        if state is None or state.url != repository_url(self._github.api_url, repo):
            return False
        if not state.holds(schema.name, self._listed.stamps(repo, [schema.name])):
            return False
        return not self._refresh.revalidate or self._is_readable(schema, repo)

    def _is_readable(self, schema: TableSchema, repo: str) -> bool:
        key = (schema.name, repo)
        if key not in self._readable:
            self._readable[key] = self.tables.is_readable(schema, repo)
        return self._readable[key]

    def is_current(self, schema: TableSchema, repo: str) -> bool:
        """Whether a repository's rows of a table need not be made again."""
        if self._refresh.force or not self.holds(schema, repo):
            return False
        stamps = self._listed.stamps(repo, with_sources(schema.name))
        return self.states[repo].is_current(schema.name, stamps, self._versions)

    def is_seen(self, repo: str) -> bool:
        """Whether a repository's list needs no request: it is known to be as it is stored."""
        if not self.holds(OPEN_ISSUES, repo):
            return False
        seen_at = self.states[repo].seen_at
        return seen_at is not None and self.freshness.holds(seen_at, datetime.now(timezone.utc))

    def choose(self, schema: TableSchema, repos: Sequence[str]) -> list[str]:
        """The repositories whose rows of a table the step makes, or at least records."""
        if not defers_events(self._context) or self._refresh.force:
            return list(repos)
        wanted = {repo for repo in repos if not self.is_current(schema, repo)}
        wanted |= choose_in_turn(repos, started_at(self._context))
        wanted |= self.find_unrecorded(schema, repos)
        return [repo for repo in repos if repo in wanted]

    def choose_lists(self, repos: Sequence[str]) -> list[str]:
        """The repositories whose lists the step makes: also those that need a request."""
        wanted = set(self.choose(OPEN_ISSUES, repos))
        return [repo for repo in repos if repo in wanted or not self.is_seen(repo)]

    def choose_statistics(self, repos: Sequence[str]) -> tuple[list[str], list[str]]:
        """The repositories whose statistics the step makes, and those that only need today's row.

        A few whose histories were offered no row today are made again; many only get their row.
        """
        wanted, today = set(self.choose(REPO_STATISTICS, repos)), started_at(self._context).date()
        rest = [r for r in repos if r not in wanted and not _is_recorded(self.states[r], today)]
        if len(rest) <= MOST_MADE_DAILY:
            wanted, rest = wanted | set(rest), []
        return [repo for repo in repos if repo in wanted], rest

    def find_others(self, repos: Sequence[str], chosen: Collection[str]) -> list[RepoState]:
        """What is known of the repositories that the step does not work on."""
        return [self.states[repo] for repo in repos if repo in self.states and repo not in chosen]

    def find_unrecorded(self, schema: TableSchema, repos: Sequence[str]) -> set[str]:
        """The repositories of which Dagster's history has no valid record, if it is kept."""
        if find_dagster_home() is None:
            return set()
        recorded = find_still_valid(self._context, dg.AssetKey(schema.name), repos)
        return set(repos) - recorded.keys()


def trust_states(states: Mapping[str, RepoState], now: datetime) -> dict[str, RepoState]:
    """The states without those from the future, which a clock that was ahead has left."""
    return {
        repo: state
        for repo, state in states.items()
        if not is_ahead(state.read_at, now)
        and not (state.seen_at is not None and is_ahead(state.seen_at, now))
    }


def _is_recorded(state: RepoState, today: date) -> bool:
    """Whether a repository's history was offered a row today."""
    return state.recorded_at is not None and state.recorded_at.date() == today
