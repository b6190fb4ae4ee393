"""Repositories that GitHub does not show, or only in part, and its responses about them."""

from enum import Enum

from starlette.responses import Response

from repo_stats.simulator.responses import DOCS, error, json_response

ISSUES = "issues"
"""The list of issues, below a repository."""

STARGAZERS = "stargazers"
"""What GitHub tells of stars, below a repository."""


class Trouble(Enum):
    """What is wrong with a repository."""

    FINE = "fine"
    """Nothing."""
    MISSING = "missing"
    """404: deleted, or private and not visible."""
    TAKEN_DOWN = "taken_down"
    """451 with the notice: a DMCA takedown."""
    BLOCKED = "blocked"
    """403 with the reason: against the terms of service."""
    LIST_GONE = "list_gone"
    """410 for the issues list, while the object shows no problem."""
    ISSUES_OFF = "issues_off"
    """Issues are disabled; the list is 410."""
    ISSUES_OFF_EMPTY = "issues_off_empty"
    """Issues are disabled; the list is empty."""
    ISSUES_OFF_PULLS = "issues_off_pulls"
    """Issues are disabled; the list holds only pull requests."""
    STARS_HIDDEN = "stars_hidden"
    """403 for its stars, while the object shows no problem."""
    BROKEN = "broken"
    """500 for every request."""


ISSUES_OFF = {Trouble.ISSUES_OFF, Trouble.ISSUES_OFF_EMPTY, Trouble.ISSUES_OFF_PULLS}
"""The troubles in which a repository's object has `has_issues: false`."""


def refuse(trouble: Trouble, below: str) -> Response | None:
    """The response in place of a good one; None if nothing is refused.

    Args:
        trouble: of the repository.
        below: what is asked for below the repository; empty for its object.
    """
    match trouble:
        case Trouble.MISSING:
            return error(404, "Not Found")
        case Trouble.TAKEN_DOWN:
            notice = "https://github.com/github/dmca/blob/master/2026/01/2026-01-02-acme.md"
            return _blocked(451, "dmca", notice)
        case Trouble.BLOCKED:
            return _blocked(403, "tos", "https://github.com/contact")
        case Trouble.BROKEN:
            return error(500, "Server Error")
        case Trouble.STARS_HIDDEN if below.startswith(STARGAZERS):
            return error(403, "Resource not accessible by personal access token")
        case Trouble.LIST_GONE | Trouble.ISSUES_OFF if below == ISSUES:
            return error(410, "Issues has been disabled in this repository.", f"{DOCS}/issues")
    return None


def _blocked(status: int, reason: str, notice: str) -> Response:
    block = {"reason": reason, "created_at": "2026-01-02T03:04:05Z", "html_url": notice}
    return json_response({"message": "Repository access blocked", "block": block}, status)
