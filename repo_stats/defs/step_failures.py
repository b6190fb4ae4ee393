"""Why a step has failed: what it says itself, or what it has raised."""

from typing import Any

import dagster as dg

from repo_stats.config.errors import put_briefly


def find_own_reason(event: dg.DagsterEvent) -> str | None:
    """The sentence with which a step has failed; None if an error that nobody expected ended it."""
    told = event.step_failure_data.user_failure_data
    return told.description or None if told else None


def describe_raised(error: Any) -> str:
    """What a step has raised, in one line.

    Dagster wraps that in an error of its own, which only names the step.
    """
    return put_briefly((error.cause or error).message)
