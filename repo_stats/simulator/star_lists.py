"""Responses about the people around a repository: its stars by week, and lists that are closed."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.listing import read_paging
from repo_stats.simulator.responses import DOCS, base_url, conditional, dump, error
from repo_stats.simulator.stars import MOST_PAGES, MOST_PER_PAGE, list_weeks
from repo_stats.simulator.world import Repository

_HISTORY, _COUNT = "stargazers/history", "stargazers/count"

_DOCS = f"{DOCS}/activity/starring"


@dataclass(frozen=True)
class Circumstances:
    """What a response about a repository depends on beside the repository.

    Attributes:
        page_cap: the last row that page numbers reach, or None for no cap.
        lag: of how many changes ago lists of issues are shown.
        at: the present, in epoch seconds.
        serves_stars: whether the server tells stars by day.
    """

    page_cap: int | None
    lag: int
    at: float
    serves_stars: bool


def respond_about_people(
    request: Request,
    caller: str | None,
    repository: Repository,
    below: str,
    circumstances: Circumstances,
) -> Response:
    """The response to a request for stars, stargazers or subscribers.

    Args:
        request: the request.
        caller: the token that it was sent with, if any.
        repository: the repository.
        below: what is asked for below it.
        circumstances: of the server.
    """
    if below not in (_HISTORY, _COUNT):
        message = "Only administrators and collaborators of the repository see this list."
        return error(403, message, _DOCS)
    if not circumstances.serves_stars:
        return error(404, "Not Found")
    if below == _COUNT:
        body = dump({"count": repository.object["stargazers_count"]})
        return conditional(request, caller, body, validated=body)
    return _list_weeks(request, caller, repository, circumstances.at)


def _list_weeks(
    request: Request, caller: str | None, repository: Repository, at: float
) -> Response:
    per_page, page = read_paging(request.query_params)
    per_page = min(per_page, MOST_PER_PAGE)
    if page > MOST_PAGES:
        errors = [{"resource": "Stargazer", "field": "page", "code": "invalid"}]
        return error(422, "Validation Failed", _DOCS, errors=errors)
    weeks = list_weeks(repository, at)
    body = dump(weeks[(page - 1) * per_page : page * per_page])
    response = conditional(request, caller, body, validated=body)
    if page * per_page < len(weeks) and response.status_code == 200:
        address = f"{base_url(request)}/repositories/{repository.id}/{_HISTORY}"
        query = f"per_page={per_page}&page={page + 1}"
        response.headers["link"] = f'<{address}?{query}>; rel="next"'
    return response
