"""What `repo_activity` remembers of each repository between ticks, and how it decides what to do.

Nothing here reads from GitHub or the warehouse.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, replace
from numbers import Real
from typing import Any

from repo_stats.clock import is_ahead
from repo_stats.defs.jobs import name_repositories
from repo_stats.defs.refresh_runs import wait_after
from repo_stats.github.activity import REST_SECONDS, ActivityState, PollResult
from repo_stats.github.fields import parse_time

ActivityStates = Mapping[str, ActivityState]


def forget_future(states: ActivityStates, now: float) -> ActivityStates:
    """The states without times from the future, which a clock that was ahead has left.

    They would hold back every poll and every refresh until then.
    """
    return {repo: _forget_future(state, now) for repo, state in states.items()}


def _forget_future(state: ActivityState, now: float) -> ActivityState:
    return replace(
        state,
        polled_at=0.0 if is_ahead(state.polled_at, now) else state.polled_at,
        changed_at=None if state.changed_at is None else min(state.changed_at, now),
        requested_at=0.0 if is_ahead(state.requested_at, now) else state.requested_at,
        rests_until=0.0 if is_ahead(state.rests_until, now + REST_SECONDS) else state.rests_until,
    )


def choose_order(repos: Collection[str], known: ActivityStates, now: float) -> list[str]:
    """The repositories to poll, those that wait longest first. Those at rest are left out."""
    new = [repo for repo in repos if repo not in known]
    waiting = [repo for repo in repos if repo in known and known[repo].rests_until <= now]
    return [*new, *sorted(waiting, key=lambda repo: known[repo].polled_at)]


def settle(
    polled: ActivityStates, known: ActivityStates, refreshed: Mapping[str, float]
) -> ActivityStates:
    """The states, without changes that a refresh has read since.

    When a repository is polled for the first time, only a change after its last refresh counts.

    Args:
        polled: the state now, by repository.
        known: the state before this tick, by repository.
        refreshed: when each repository was last refreshed, in seconds since the epoch.
    """
    settled = {}
    for repo, state in polled.items():
        read_at = refreshed.get(repo, 0.0)
        changed_at = state.changed_at if repo in known else _updated_at(state)
        is_news = changed_at is not None and changed_at >= read_at
        settled[repo] = replace(
            state,
            changed_at=state.changed_at if is_news else None,
            requests=state.requests if is_news and state.requested_at > read_at else 0,
        )
    return settled


def choose_due(
    states: ActivityStates,
    refreshed: Mapping[str, float],
    running: Collection[str],
    now: float,
    min_refresh: int,
) -> list[str]:
    """The repositories to refresh: those that changed and may be refreshed again."""
    due = []
    for repo, state in states.items():
        since = now - max(state.requested_at, refreshed.get(repo, 0.0))
        wait = max(min_refresh, wait_after(state.requests))
        if state.changed_at is not None and repo not in running and since >= wait:
            due.append(repo)
    return due


def with_request(state: ActivityState, now: float) -> ActivityState:
    """A state with one more request. Its change stays until a refresh has read it."""
    return replace(state, requested_at=now, requests=state.requests + 1)


def describe_waiting(states: ActivityStates, poll: PollResult, now: float, quiet: int = 0) -> str:
    """Why no repository is refreshed now; `quiet` more show no change."""
    if poll.refusal is not None:
        return str(poll.refusal)
    if poll.errors:
        return f"{name_repositories(list(poll.errors))}: {next(iter(poll.errors.values()))}"
    waiting = [repo for repo, state in states.items() if state.changed_at is not None]
    if waiting:
        return (
            f"{name_repositories(waiting)} changed, but was just refreshed or is being refreshed."
        )
    resting = [repo for repo, state in states.items() if state.rests_until > now]
    if resting:
        return (
            f"{name_repositories(resting)} cannot be read, and will be polled again within the "
            f"hour. Nothing happened in {len(states) - len(resting) + quiet} repositories."
        )
    return f"Nothing happened in {len(states) + quiet} repositories."


def read_cursor(cursor: str | None) -> ActivityStates:
    """The states that a cursor holds; none if it is damaged or of another version."""
    try:
        return {repo: _parse(values) for repo, values in json.loads(cursor or "{}").items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def _parse(values: Sequence[Any]) -> ActivityState:
    kinds: tuple[Any, ...] = (str, str | None, str | None, Real, Real | None, Real, int, Real)
    if not all(isinstance(v, kind) for v, kind in zip(values, kinds, strict=True)):
        raise ValueError("not the state of a repository")
    return ActivityState(*values)


def write_cursor(states: ActivityStates) -> str:
    """A cursor that holds the states: a short list for each repository."""
    lists = {repo: astuple(state) for repo, state in states.items()}
    return json.dumps(lists, separators=(",", ":"))


def _updated_at(state: ActivityState) -> float | None:
    """Until when the newest item was updated, in seconds since the epoch; None if there is none.

    GitHub tells the second only, so it may have been at the second's end, after a refresh in it.
    """
    stamp = state.newest.rpartition(" ")[2]
    try:
        return parse_time(stamp).timestamp() + 0.999
    except ValueError:
        return None
