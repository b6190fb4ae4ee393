"""The types of the settings about runs: see `repo_stats.config.fields`."""

from typing import Annotated

from pydantic import Field

MinRefresh = Annotated[
    int,
    Field(
        default=600,
        ge=0,
        le=86_400,
        description=(
            "Shortest time, in seconds, between two refreshes of an active repository while the "
            "daemon runs."
        ),
        json_schema_extra={"variable": "REPO_STATS_MIN_REFRESH"},
    ),
]

ReposPerRun = Annotated[
    int,
    Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description=(
            "Largest number of repositories of a run that a schedule or sensor starts. A run over "
            "more is cut into several, which send their requests one after another, or as many at "
            "once as `REPO_STATS_RUNS_AT_ONCE` says."
        ),
        json_schema_extra={"variable": "REPO_STATS_REPOS_PER_RUN"},
    ),
]

RunsAtOnce = Annotated[
    int,
    Field(
        default=0,
        ge=0,
        le=100,
        description=(
            "Number of runs that may send requests at the same time; others wait. Each may send "
            "its share of the limits, so that together they keep them, on however many machines. "
            "At most `REPO_STATS_IN_FLIGHT`. With 0, no run waits, and each may send all."
        ),
        json_schema_extra={"variable": "REPO_STATS_RUNS_AT_ONCE"},
    ),
]

KeepRuns = Annotated[
    int,
    Field(
        default=30,
        ge=1,
        le=3650,
        description=(
            "Number of days for which Dagster's history keeps a run that failed, or that somebody "
            "started. A successful run of a sensor or schedule is kept for a day. Runs that hold "
            "the latest record of an asset are always kept."
        ),
        json_schema_extra={"variable": "REPO_STATS_KEEP_RUNS"},
    ),
]
