"""Responses about repositories: objects, issues lists, stars, and redirects after a rename.

`simulator.py` decides whether a request is allowed, and what it costs.
"""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.accounts import Access, Caller
from repo_stats.simulator.listing import ListError, list_issues
from repo_stats.simulator.ordering import Orderings
from repo_stats.simulator.releases import is_about_releases, list_releases
from repo_stats.simulator.repository_lists import first_listed, is_list_of_repositories
from repo_stats.simulator.responses import (
    DOCS,
    ENTERPRISE_PATH,
    base_url,
    conditional,
    dump,
    error,
    in_version,
    json_response,
)
from repo_stats.simulator.star_lists import Circumstances, respond_about_people
from repo_stats.simulator.traffic import describe_traffic, is_about_traffic
from repo_stats.simulator.troubles import ISSUES, Trouble, refuse
from repo_stats.simulator.world import Repository, World

_COUNTERS = {
    *("open_issues_count", "open_issues", "stargazers_count", "watchers_count", "watchers"),
    *("subscribers_count", "forks_count", "forks", "network_count"),
}


def requested_repository(request: Request, world: World) -> Repository | None:
    """The repository that a request names by number, current name or former name.

    A list of repositories names the first of its account, or of all.
    """
    if is_list_of_repositories(request):
        return first_listed(request, world)
    if "number" in request.path_params:
        return world.repositories.get(request.path_params["number"])
    name = _name(request)
    return None if name is None else world.resolve(name)


@dataclass(frozen=True)
class Viewer:
    """Who sends a request.

    Attributes:
        caller: who sends it.
        access: what callers see beside public repositories.
    """

    caller: Caller
    access: Access


@dataclass
class Contents:
    """Responds to requests about repositories, and keeps the orders of their issues."""

    _orderings: dict[int, Orderings] = field(default_factory=dict)

    def respond(
        self,
        request: Request,
        viewer: Viewer,
        world: World,
        circumstances: Circumstances,
    ) -> Response:
        """The response to a request.

        Args:
            request: the request.
            viewer: who sends it.
            world: the repositories.
            circumstances: of the server.
        """
        repository, name = requested_repository(request, world), _name(request)
        if repository is None or repository.trouble is Trouble.MISSING:
            return error(404, "Not Found")
        if name is not None and not repository.is_called(name):
            return _moved(request, repository.id)
        below, caller = _below(request), viewer.caller.token
        refusal = refuse(repository.trouble, below)
        if refusal is not None:
            return refusal
        if below == ISSUES:
            listed = repository.as_of(circumstances.lag)
            return self._list(request, caller, listed, circumstances.page_cap)
        if is_about_traffic(below):
            return describe_traffic(
                request, viewer.caller, viewer.access, repository, below, circumstances.at
            )
        if is_about_releases(below):
            return list_releases(request, caller, repository, circumstances.at)
        if below:
            return respond_about_people(request, caller, repository, below, circumstances)
        return _describe(request, caller, repository)

    def _list(
        self, request: Request, caller: str | None, repository: Repository, page_cap: int | None
    ) -> Response:
        query = dict(request.query_params)
        orderings = self._orderings.setdefault(repository.id, Orderings())
        try:
            page = list_issues(repository.listed_issues(), query, page_cap, orderings)
        except ListError as refusal:
            return _refuse_list(refusal)
        base = f"{base_url(request)}/repositories/{repository.id}/issues"
        links = [f'<{base}?{text}>; rel="{rel}"' for rel, text in page.links.items()]
        body = dump([in_version(request, item) for item in page.items])
        response = conditional(request, caller, body, validated=body)
        if links:
            response.headers["link"] = ", ".join(links)
        return response


def _describe(request: Request, caller: str | None, repository: Repository) -> Response:
    body = in_version(request, repository.describe())
    validated = {key: value for key, value in body.items() if key not in _COUNTERS}
    return conditional(request, caller, dump(body), validated=dump(validated))


def _refuse_list(refusal: ListError) -> Response:
    """A 422, which lists the field if one failed the validation, as GitHub does."""
    errors = None
    if refusal.field is not None:
        errors = [{"resource": "Issue", "field": refusal.field, "code": "invalid"}]
    docs = f"{DOCS}/issues/issues#list-repository-issues"
    return error(422, str(refusal), docs, errors=errors)


def _moved(request: Request, number: int) -> Response:
    below = _below(request)
    suffix = f"/{below}" if below else ""
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{base_url(request)}/repositories/{number}{suffix}{query}"
    body = {"message": "Moved Permanently", "url": url, "documentation_url": DOCS}
    return json_response(body, 301, {"location": url})


def _below(request: Request) -> str:
    """What a request asks for below the repository that it names; empty for its object."""
    segments = request.url.path.removeprefix(ENTERPRISE_PATH).strip("/").split("/")
    return "/".join(segments[2 if _name(request) is None else 3 :])


def _name(request: Request) -> str | None:
    """The owner/name in a request's path, if it has one."""
    parameters = request.path_params
    return f"{parameters['owner']}/{parameters['name']}" if "owner" in parameters else None
