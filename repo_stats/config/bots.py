"""Bots that GitHub does not tell from people: their accounts are those of plain users.

Here is how their names are written and checked. `repo_stats.metrics.bots` says which authors they
match.
"""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from repo_stats.config.errors import quote
from repo_stats.config.watchlist_nodes import refuse

DEFAULT_BOTS = (
    "bors",
    "brewtestbot",
    "chromium-wpt-export-bot",
    "codecov-commenter",
    "codecov-io",
    "conda-forge-admin",
    "dotnet-bot",
    "dotnet-maestro-bot",
    "elasticmachine",
    "facebook-github-bot",
    "googlebot",
    "gopherbot",
    "greenkeeperio-bot",
    "imgbotapp",
    "istio-testing",
    "k8s-ci-robot",
    "k8s-github-robot",
    "k8s-infra-cherrypick-robot",
    "k8s-triage-robot",
    "kibanamachine",
    "knative-prow-robot",
    "moz-wptsync-bot",
    "nodejs-github-bot",
    "openshift-bot",
    "openshift-ci-robot",
    "openshift-merge-robot",
    "pytorchbot",
    "pytorchmergebot",
    "pyup-bot",
    "r-ryantm",
    "regro-cf-autotick-bot",
    "renovate-bot",
    "rust-highfive",
    "rust-timer",
    "rustbot",
    "scala-steward",
    "snyk-bot",
    "tekton-robot",
    "tensorflower-gardener",
    "wpt-pr-bot",
)
"""Well-known bots with accounts of plain users."""

Bots = Annotated[
    tuple[str, ...],
    Field(
        default=DEFAULT_BOTS,
        description=(
            "Comma-separated list of bots whose accounts are those of plain users: logins, or "
            "patterns with `*` and `?`. It adds to `bots` in the watchlist file, and to well-known "
            "ones. Accounts of the type `Bot`, and logins that end with `[bot]`, are bots anyway."
        ),
        json_schema_extra={
            "variable": "REPO_STATS_BOTS",
            "shown_default": "well-known ones, such as `k8s-ci-robot`",
        },
    ),
]
"""The type of the setting, with its variable, description and default."""

_PATTERN = re.compile(r"[_*?-]*[a-z0-9][a-z0-9_*?-]*(\[bot\])?")
"""What a login may consist of, and the wildcards. Something has to be left beside the wildcards:
otherwise everybody would be a bot."""

_LONGEST = 100
"""More characters than any login has."""


def check_bot(text: str, place: str) -> str:
    """Check the login of a bot, or a pattern of logins, and return it in lower case.

    Args:
        text: the login; `*` stands for any characters and `?` for one.
        place: where it was read from; the error begins with it.

    Raises:
        WatchlistError: no login matches it, or every login does.
    """
    bot = text.lower()
    if len(bot) > _LONGEST or not _PATTERN.fullmatch(bot):
        refuse(
            f"{place}: {quote(text)} is neither the login of a bot nor a pattern of logins; write "
            "letters, digits and hyphens, with * for any characters, as in k8s-*-robot."
        )
    return bot


def parse_bots(text: str, source: str) -> tuple[str, ...]:
    """Read a comma-separated list of bots.

    Raises:
        WatchlistError: an entry is malformed.
    """
    return tuple(check_bot(name, source) for part in text.split(",") if (name := part.strip()))


def join_bots(*lists: Iterable[str]) -> tuple[str, ...]:
    """All bots of several lists, each once, in an order that depends on nothing else."""
    return tuple(sorted({bot for bots in lists for bot in bots}))
