"""What the sensors of alerts remember between ticks, in their cursors.

A repository that cannot be read fails several checks, and many repositories fail for one reason.
So a cursor holds each reason once, and the failures refer to it by its place.
"""

import json
from collections.abc import Collection
from typing import Any

from repo_stats.alerts.delivery import NONE, Attempts
from repo_stats.clock import is_ahead
from repo_stats.config.repository_names import is_repository_name

_QUOTA_SECONDS = 3600.0
"""How long a quota lasts: one that is said to reset later was read from a clock that is wrong."""

State = dict[str, Any]
"""What is `failing`; when the last run that was read ended (`until`); when the quota resets that
was last warned about (`warned_until`); how often in a row the webhook was `missed`, when last, and
what it was told unmarked; and at how many ticks in a row the table was `busy`. Times are in seconds
since the epoch."""


def new_state(until: float) -> State:
    """The state before the first run is read."""
    return {"until": until, "failing": {}, "warned_until": 0.0, "missed": NONE, "busy": 0}


def write_state(state: State) -> str:
    """A cursor that holds a state."""
    reasons: dict[str, int] = {}
    failing = {
        repo: {cause: reasons.setdefault(why, len(reasons)) for cause, why in causes.items()}
        for repo, causes in state["failing"].items()
    }
    return json.dumps({**state, "failing": failing, "reasons": list(reasons)})


def read_state(cursor: str | None, now: float) -> State | None:
    """The state that a cursor holds, or one of an earlier version; None if it is new or damaged.

    Runs that end from now on are read even if the clock was ahead when the last one ended.

    Args:
        cursor: the sensor's cursor.
        now: the current time, in seconds since the epoch.
    """
    try:
        state = json.loads(cursor or "null")
        reasons = state.get("reasons", [])
        failing = {
            repo: {cause: _find(reasons, why) for cause, why in causes.items()}
            for repo, causes in state["failing"].items()
        }
        until, warned_until = float(state["until"]), float(state["warned_until"])
        missed = _parse_attempts(*state.get("missed", NONE))
        busy = int(state.get("busy", 0))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None
    return {
        "until": now if is_ahead(until, now) else until,
        "failing": failing,
        "warned_until": 0.0 if is_ahead(warned_until, now + _QUOTA_SECONDS) else warned_until,
        "missed": missed._replace(last=0.0) if is_ahead(missed.last, now) else missed,
        "busy": busy,
    }


def forget_others(state: State, repos: Collection[str]) -> State:
    """A state without the failures of repositories that are not watched any more.

    What failed and is about no repository stays.
    """
    kept = {*repos}
    failing = {
        subject: causes
        for subject, causes in state["failing"].items()
        if subject in kept or not is_repository_name(subject)
    }
    return {**state, "failing": failing}


def _parse_attempts(failures: Any, last: Any, unmarked: Any = ()) -> Attempts:
    """The attempts that a cursor holds. Earlier versions wrote two values."""
    told = tuple((str(run_id), str(text)) for run_id, text in unmarked)
    return Attempts(int(failures), float(last), told)


def _find(reasons: list[str], why: object) -> str:
    """A reason by its place. Earlier versions wrote the reason itself."""
    return str(reasons[why] if isinstance(why, int) else why)
