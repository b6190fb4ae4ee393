"""What `star_days` reads in a run: which repositories are due, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import partial

import dagster as dg
import pyarrow as pa

from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.failures import ask, give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import (
    Progress,
    started_at,
    window_after_lists,
)
from repo_stats.defs.steps.moved_stars import adopt_moved
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.star_store import StarStore, store_readings
from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.usage import Usage
from repo_stats.github.stars.batch import StarResults, read_each
from repo_stats.github.stars.reader import StarSource
from repo_stats.github.stars.reading import Need, StarReading, fail, find_need, miss
from repo_stats.warehouse.one_by_one import work_on_each
from repo_stats.warehouse.schemas import REPO_STATISTICS, STAR_DAYS
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables

NOT_TOLD = (
    "This server does not tell stars by day, as GitHub Enterprise Server before 3.23 does not. "
    "What is stored in star_days stays, repo_history goes on with the stars of each refresh, and "
    "the server is asked again after a day."
)


@dataclass
class StarReadings:
    """What a run has read.

    Attributes:
        known: the last reading of each repository of the run that has one.
        asked: the repositories that the run has asked for.
        rows: the new rows of those whose rows changed.
        usage: what the requests cost.
    """

    known: dict[str, StarReading]
    asked: Sequence[str] = ()
    rows: dict[str, pa.Table] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)


def read_stars_of_run(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    scope: RefreshScope,
    tables: Tables,
    repos: Sequence[str],
) -> StarReadings:
    """Read the stars of the repositories that were not asked for within a day, and store them.

    A rate limit that lasts too long is no failure: the tables of the refresh are stored by then,
    and the next run asks for the stars that are missing.

    Raises:
        StepError: GitHub accepts no token, or cannot be reached; or the warehouse cannot be used.
        PassingStepError: an error may pass, so Dagster should retry the step.
    """
    states = _find_states(context, scope, tables, repos)
    known = {repo: state.stars for repo, state in states.items() if state.stars is not None}
    readings, begin = StarReadings(known), started_at(context)
    needs = _find_needs(states, scope, begin, force=refresh.force)
    if not needs:
        return readings
    with plain_failures(context):
        found, errors = work_on_each(
            needs, lambda repo: _find_source(tables, states[repo], needs[repo])
        )
    store = StarStore(tables, scope, Progress(context.log, "star histories read", len(found)))
    results, usage = _ask_for(context, github, scope, list(found.values()), store)
    errors |= results.errors
    reasons = give_reasons(context, errors)
    missed = {} if results.is_told else {repo: miss(known.get(repo), begin) for repo in needs}
    failed = {repo: fail(known.get(repo), begin, errors[repo]) for repo in reasons}
    with plain_failures(context):
        store_readings(tables, {**missed, **failed}, {})
    for sentence in reasons.values():
        context.log.warning(sentence)
    if missed:
        context.log.info(NOT_TOLD)
    readings.known |= {**store.readings, **missed, **failed}
    readings.asked, readings.rows, readings.usage = list(needs), store.rows, usage
    return readings


def _find_states(
    context: dg.AssetExecutionContext, scope: RefreshScope, tables: Tables, repos: Sequence[str]
) -> dict[str, RepoState]:
    """What is known of repositories, also of those whose stars have moved to a new name."""
    with plain_failures(context):
        moved = adopt_moved(tables, scope.states, repos)
        if moved:
            StateIndex(tables.files).update(moved)
            scope.states |= moved
    return {repo: scope.states[repo] for repo in repos if repo in scope.states}


def _ask_for(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    scope: RefreshScope,
    sources: Sequence[StarSource],
    store: StarStore,
) -> tuple[StarResults, Usage]:
    """Send the requests; what was read before an error stays stored, and known."""
    states, begin = scope.states.values(), started_at(context)
    client = github.client(
        context.log,
        sliding_window=window_after_lists(github, states),
        repos=context.partition_keys,
    )
    is_told = any(_is_told(state, github.api_url) for state in states)

    async def read() -> StarResults:
        async with client:
            try:
                return await read_each(client, sources, begin, store.keep, is_told=is_told)
            except RateLimitedError as error:
                context.log.warning(f"Some stars by day are left to the next run: {error}")
                return StarResults({})

    try:
        return ask(context, read()), client.usage
    finally:
        with plain_failures(context):
            store.record()


def _find_needs(
    states: Mapping[str, RepoState], scope: RefreshScope, begin: datetime, *, force: bool
) -> dict[str, Need]:
    """The repositories that have to be asked for, and for which weeks."""
    now = datetime.now(timezone.utc)
    needs = {
        repo: find_need(
            state.stars, begin, now, is_stored=scope.is_current(STAR_DAYS, repo), force=force
        )
        for repo, state in states.items()
    }
    return {repo: need for repo, need in needs.items() if need is not Need.NOTHING}


def _find_source(tables: Tables, state: RepoState, need: Need) -> StarSource:
    """What the reader has to know of a repository.

    Raises:
        WarehouseError: its statistics cannot be read.
    """
    statistics = tables.load(REPO_STATISTICS, state.repo).rows
    return StarSource(
        state.repo,
        state.repo_id,
        counter=statistics["stars"][0].as_py(),
        known=state.stars if need is Need.NEWEST else None,
        load=partial(_load_days, tables, state.repo),
    )


def _load_days(tables: Tables, repo: str) -> dict[date, int] | None:
    frame = tables.find(STAR_DAYS, repo, ["day", "stars"])
    if frame is None:
        return None
    return dict(zip(frame["day"].tolist(), frame["stars"].tolist(), strict=True))


def _is_told(state: RepoState, api_url: str) -> bool:
    """Whether a server has told the stars of a repository by day."""
    stars = state.stars
    is_read = stars is not None and stars.is_told and stars.read_at is not None
    return is_read and state.url.startswith(f"{api_url}/")
