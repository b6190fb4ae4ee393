"""The type of each setting: its variable, description, default and bounds, stated once.

`Settings` and the Dagster resource that shows some of the settings in the UI share these types.
Secrets are not here: see `repo_stats.config.credentials` and `repo_stats.config.alerting`. Neither
are settings of when and how runs are started, and how long they are kept: see `run_fields`.

The extra key `variable` names the environment variable. `shown_default` is the default in words,
where the value itself would say too little.
"""

import os
from typing import Annotated, Any

from pydantic import Field

from repo_stats import USER_AGENT
from repo_stats.config.marks import MARK_VARIABLES, Mark

DEFAULT_REPO = "PrefectHQ/prefect"

DEFAULT_API_URL = "https://api.github.com"

Repos = Annotated[
    tuple[str, ...],
    Field(
        default=(DEFAULT_REPO,),
        description=(
            "Comma-separated list of the repositories to keep statistics of, each as `owner/name`. "
            "It replaces the watchlist file."
        ),
        json_schema_extra={"variable": "REPO_STATS_REPOS", "shown_default": ""},
    ),
]


def _marked(mark: Mark, kept: str) -> Any:
    """The field of the repositories with a mark of the watchlist."""
    return Field(
        default=(),
        description=(
            f"Comma-separated list of the repositories in the watchlist of which {kept}. It adds "
            f"to those that the watchlist file marks with `{mark}: true`."
        ),
        json_schema_extra={"variable": MARK_VARIABLES[mark], "shown_default": ""},
    )


HistoryRepos = Annotated[
    tuple[str, ...], _marked("history", "all items are kept, closed ones included")
]

TrafficRepos = Annotated[tuple[str, ...], _marked("traffic", "views and clones are kept")]

DownloadsRepos = Annotated[
    tuple[str, ...], _marked("downloads", "the downloads of release assets are kept")
]

ApiUrl = Annotated[
    str,
    Field(
        default=DEFAULT_API_URL,
        description=(
            "Base URL of the GitHub API. For GitHub Enterprise Server it is `https://HOST/api/v3`."
        ),
        json_schema_extra={
            "variable": "REPO_STATS_API_URL",
            "shown_default": f"`{DEFAULT_API_URL}`",
        },
    ),
]

Warehouse = Annotated[
    str,
    Field(
        default="warehouse",
        description=(
            "Path or fsspec URL of the warehouse. A URL such as `s3://...` needs its fsspec "
            "package."
        ),
        json_schema_extra={
            "variable": "REPO_STATS_WAREHOUSE",
            "shown_default": "`warehouse` in the working directory",
        },
    ),
]

MaxAge = Annotated[
    int,
    Field(
        default=3600,
        ge=0,
        le=31_536_000,
        description=(
            "How long, in seconds, stored responses count as fresh. Fresh ones are not requested "
            "again."
        ),
        json_schema_extra={"variable": "REPO_STATS_MAX_AGE"},
    ),
]

MaxWait = Annotated[
    int,
    Field(
        default=900,
        ge=0,
        le=86_400,
        description=(
            "Longest time, in seconds, that a step waits for a rate limit. If the limit resets "
            "later, the run fails and says when the limit resets."
        ),
        json_schema_extra={"variable": "REPO_STATS_MAX_WAIT"},
    ),
]

PerPage = Annotated[
    int,
    Field(
        default=100,
        ge=1,
        le=100,
        description="Number of items in one page of a list, from 1 to 100.",
        json_schema_extra={"variable": "REPO_STATS_PER_PAGE"},
    ),
]

FetchSteps = Annotated[
    int,
    Field(
        default=min(64, 2 * (os.cpu_count() or 1)),
        ge=1,
        le=64,
        description="Largest number of processes that fetch pages at the same time.",
        json_schema_extra={
            "variable": "REPO_STATS_FETCH_STEPS",
            "shown_default": "twice the number of CPUs, at most 64",
        },
    ),
]

InFlight = Annotated[
    int,
    Field(
        default=10,
        ge=1,
        le=100,
        description=(
            "Largest number of requests in progress at the same time, over all processes of all "
            "runs."
        ),
        json_schema_extra={"variable": "REPO_STATS_IN_FLIGHT"},
    ),
]

UsesPulse = Annotated[
    bool,
    Field(
        default=True,
        description=(
            "Whether one GraphQL query asks for many repositories at once, which shows the lists "
            "that did not change: `on` or `off`. It needs a token; without one, and where the "
            "server does not answer, the REST API is asked for each repository."
        ),
        json_schema_extra={"variable": "REPO_STATS_PULSE", "shown_default": "`on`"},
    ),
]

ReadsLists = Annotated[
    bool,
    Field(
        default=True,
        description=(
            "Whether a command may read the lists that the watchlist names, such as those of "
            "organisations, when they were last read more than `REPO_STATS_MAX_AGE` seconds ago: "
            "`on` or `off`. Without it, only the daemon reads them."
        ),
        json_schema_extra={"variable": "REPO_STATS_READ_LISTS", "shown_default": "`on`"},
    ),
]

PerMinute = Annotated[
    int,
    Field(
        default=800,
        ge=1,
        le=900,
        description=(
            "Largest number of requests per minute over all processes of all runs at once, from 1 "
            "to 900. It has no effect on a server that reports no rate limits."
        ),
        json_schema_extra={"variable": "REPO_STATS_PER_MINUTE"},
    ),
]

UserAgent = Annotated[
    str,
    Field(
        default=USER_AGENT,
        description="The `User-Agent` header of every request.",
        json_schema_extra={
            "variable": "REPO_STATS_USER_AGENT",
            "shown_default": "`repo_stats/` and the version",
        },
    ),
]
