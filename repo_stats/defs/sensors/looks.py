"""How `repo_activity` looks at many repositories at once, by their pulses.

Pulses that show no change go into the index of states. So the next refresh finds these repositories
fresh, and asks nothing twice. Only those that changed are remembered in the sensor's cursor.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from repo_stats.defs.sensors.activity_states import ActivityStates
from repo_stats.defs.steps.repository_states import Before, row_of_reading, state_of_row, to_ask
from repo_stats.github.activity import ActivityState
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import GitHubError, TransientError
from repo_stats.github.graphql.answers import Reading
from repo_stats.github.graphql.reader import PulseResult, read_pulses
from repo_stats.github.issues.vouching import is_unchanged
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.states.state_index import StateIndex, States

MOST_LOOKS = 1_000
"""The most repositories that a tick looks at: up to 40 queries, so 2,400 of the hour's 5,000
points."""

LOOK_SECONDS = 20.0
"""For how long a tick sends further queries."""

LAST_ANSWER = 15.0
"""Seconds that the last answer may take after that."""

RECENT = 45.0
"""A repository that was looked at so many seconds ago, or later, is not looked at again."""

KEPT_SHARE = 0.3
"""The share of the hour's points that is left to refreshes."""


@dataclass(frozen=True)
class Looks:
    """What a tick found by pulses.

    Attributes:
        unchanged: what is known now of the repositories whose lists show no change.
        changed: the repositories whose lists show one.
        unread: those that GraphQL does not tell of.
        refusal: why GitHub cannot be asked; None if it can.
    """

    unchanged: Mapping[str, RepoState] = field(default_factory=dict)
    changed: Collection[str] = ()
    unread: Collection[str] = ()
    refusal: GitHubError | None = None


def choose_looks(
    repos: Sequence[str], states: Mapping[str, RepoState], known: ActivityStates, now: float
) -> list[str]:
    """The repositories to look at, those that wait longest first.

    Left out are those without a pulse from before, those whose change is known and was not read
    since, and those that cannot be read at present.
    """
    looked_at = {
        repo: _looked_at(state, known.get(repo))
        for repo in repos
        if (state := states.get(repo)) is not None and state.pulse is not None
    }
    waiting = [
        repo
        for repo, moment in looked_at.items()
        if not now - RECENT < moment <= now and not _is_known(states[repo], known.get(repo), now)
    ]
    return sorted(waiting, key=lambda repo: looked_at[repo])[:MOST_LOOKS]


def _looked_at(state: RepoState, known: ActivityState | None) -> float:
    """When GitHub last told of a repository's list, in seconds since the epoch."""
    moments = [state.read_at.timestamp(), 0.0 if known is None else known.polled_at]
    return max(moments if state.seen_at is None else [*moments, state.seen_at.timestamp()])


def _is_known(state: RepoState, known: ActivityState | None, now: float) -> bool:
    """Whether a repository need not be looked at: it is to be refreshed, or cannot be read."""
    if known is None:
        return False
    is_waiting = known.changed_at is not None and known.changed_at >= refreshed_at(state)
    return is_waiting or known.rests_until > now


def refreshed_at(state: RepoState) -> float:
    """When a repository's list was last read, in seconds since the epoch; 0 if never."""
    if state.voucher is not None:
        return state.voucher.pulse.asked_at.timestamp()
    return 0.0 if state.seen_at is None else state.seen_at.timestamp()


def look(
    client: GitHubClient,
    repos: Sequence[str],
    states: Mapping[str, RepoState],
    clock: Callable[[], float],
    until: float,
) -> Looks:
    """Read the pulses of repositories, in order, and compare them with those that are known.

    Args:
        client: sends the queries.
        repos: the repositories.
        states: what is known of them.
        clock: gives the time in seconds since the epoch.
        until: when to stop, by the clock.
    """
    asked = [to_ask(repo, Before.by_state(states[repo])) for repo in repos]

    def goes_on() -> bool:
        quota = client.usage.quota
        has_points = quota is None or quota.remaining > KEPT_SHARE * quota.limit
        return clock() < until and has_points

    async def read() -> PulseResult:
        async with client:
            reading = read_pulses(client, asked, full=False, goes_on=goes_on)
            return await asyncio.wait_for(reading, LOOK_SECONDS + LAST_ANSWER)

    try:
        result = asyncio.run(read())
    except asyncio.TimeoutError:
        error = TransientError("GitHub took too long to answer a query; the next tick tries again.")
        return Looks(refusal=error)
    except GitHubError as error:
        return Looks(refusal=error)
    judged = {r: judge(states[r], found, client.api_url) for r, found in result.readings.items()}
    unchanged = {repo: state for repo, state in judged.items() if state is not None}
    return Looks(unchanged, judged.keys() - unchanged.keys(), list(result.unread))


def judge(state: RepoState, reading: Reading, api_url: str) -> RepoState | None:
    """What is known of a repository after a look at it; None if its list has changed.

    Counters that differ from the stored ones are not taken over: only a refresh stores them.
    """
    row = row_of_reading(state.repo, reading, Before.by_state(state), api_url)
    seen = state_of_row(row, state, reading, vouches=True)
    is_same = state.pulse is not None and reading.pulse.shows_the_same(state.pulse)
    if not is_same and not is_unchanged(state.voucher, reading.pulse):
        return None
    if seen.content_hash == state.content_hash:
        return seen
    return replace(state, seen_at=seen.seen_at)


def remember(looks: Looks, known: ActivityStates, now: float) -> dict[str, ActivityState]:
    """What the cursor holds of repositories after a look: those that changed, and are to wait."""
    kept = dict(known)
    for repo, state in looks.unchanged.items():
        kept.pop(repo, None)
        if _looked_at(state, None) < now - RECENT:  # it was not vouched for, and not read either
            kept[repo] = ActivityState("", None, None, now)
    for repo in looks.changed:
        before = known.get(repo) or ActivityState("", None, None, now)
        kept[repo] = replace(before, polled_at=now, changed_at=now, rests_until=0.0)
    return kept


def store(index: StateIndex, looks: Looks, states: States) -> None:
    """Store what is known of unchanged repositories, except of those that a run stored meanwhile.

    Raises:
        WarehouseError: it cannot be stored.
    """
    index.update(
        {r: state for r, state in looks.unchanged.items() if state != states[r]}, since=states
    )
