"""Lists of repositories: of an organisation, of a user, of an App's installation.

Their pages have numbers, and each names the last one, as GitHub's do.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.accounts import Access, Caller, find_account, is_owned, is_public
from repo_stats.simulator.listing import read_paging
from repo_stats.simulator.objects import ORGANIZATION
from repo_stats.simulator.responses import DOCS, base_url, conditional, dump, error, in_version
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import JsonObject, Repository, World

_INSTALLATION_DOCS = (
    f"{DOCS}/apps/installations#list-repositories-accessible-to-the-app-installation"
)

_SINGLE_FIELDS = {
    *("subscribers_count", "network_count", "organization", "parent", "source", "master_branch"),
    *("template_repository", "code_of_conduct", "custom_properties"),
}
"""Fields that only the object of a single repository has."""

_SORT_FIELDS = {
    "created": "created_at",
    "updated": "updated_at",
    "pushed": "pushed_at",
    "full_name": "full_name",
}


def is_list_of_repositories(request: Request) -> bool:
    """Whether a request asks for a list of repositories."""
    path = request.url.path
    return "account" in request.path_params or path.endswith("/installation/repositories")


def first_listed(request: Request, world: World) -> Repository | None:
    """The oldest repository in the list that a request asks for."""
    account = None
    if "account" in request.path_params:
        account = find_account(world, request.path_params["account"])
        if account is None:
            return None
    owned = [r for r in _listed(world) if account is None or is_owned(r, account["login"])]
    return next(iter(_sort(owned, "created", "asc")), None)


def list_repositories(request: Request, caller: Caller, access: Access, world: World) -> Response:
    """The response to a request for a list of repositories.

    Args:
        request: the request.
        caller: who sends it.
        access: whose repositories an installation has.
        world: what the caller sees.
    """
    if "account" in request.path_params:
        return _list_account(request, caller, world)
    return _list_installation(request, caller, access, world)


def _list_account(request: Request, caller: Caller, world: World) -> Response:
    is_organization = request.url.path.split("/")[-3] in ("orgs", "organizations")
    account = find_account(world, request.path_params["account"])
    if account is None or (is_organization and account["type"] != ORGANIZATION):
        kind = "organization" if is_organization else "user"
        return error(404, "Not Found", f"{DOCS}/repos/repos#list-{kind}-repositories")
    owned = [r for r in _listed(world) if is_owned(r, account["login"])]
    if not is_organization:
        owned = list(filter(is_public, owned))  # also for the user whose they are
    query = request.query_params
    chosen = _sort(
        _filter(owned, query.get("type", "all")),
        query.get("sort", "created" if is_organization else "full_name"),
        query.get("direction"),
    )
    kind = "organizations" if is_organization else "user"
    page, link = _cut(request, chosen, f"/{kind}/{account['id']}/repos")
    return _respond(request, caller, _describe(request, page), link)


def _list_installation(request: Request, caller: Caller, access: Access, world: World) -> Response:
    if caller.token is None:
        return error(401, "Requires authentication", _INSTALLATION_DOCS)
    if caller.installation is None:
        message = (
            "You must authenticate with an installation access token in order to list "
            "repositories for an installation."
        )
        return error(403, message, _INSTALLATION_DOCS)
    login = access.installed_on.get(caller.installation)
    listed = [r for r in _listed(world) if login is None or is_owned(r, login)]
    page, link = _cut(request, _sort(listed, "created", "asc"), "/installation/repositories")
    body = {
        "total_count": len(listed),
        "repository_selection": "all",
        "repositories": _describe(request, page),
    }
    return _respond(request, caller, body, link)


def _listed(world: World) -> list[Repository]:
    return [r for r in world.repositories.values() if r.trouble is not Trouble.MISSING]


def _filter(repositories: Sequence[Repository], kind: str) -> list[Repository]:
    """The repositories of a type; any other type is that of all."""
    wanted: Mapping[str, Any] = {
        "public": is_public,
        "private": lambda repository: not is_public(repository),
        "forks": lambda repository: repository.object["fork"],
        "sources": lambda repository: not repository.object["fork"],
    }
    return list(filter(wanted.get(kind, lambda _: True), repositories))


def _sort(
    repositories: Sequence[Repository], order: str, direction: str | None
) -> list[Repository]:
    """The repositories in an order; by default names ascend, and times descend."""
    field = _SORT_FIELDS.get(order, "created_at")
    is_reversed = direction != "asc" if field != "full_name" else direction == "desc"
    return sorted(
        repositories,
        key=lambda repository: (str(repository.object[field]).lower(), repository.id),
        reverse=is_reversed,
    )


def _cut(
    request: Request, repositories: Sequence[Repository], path: str
) -> tuple[Sequence[Repository], str]:
    """A page of a list, and the `Link` header with the others."""
    query = request.query_params
    per_page, page = read_paging(query)
    last = max(1, -(-len(repositories) // per_page))
    others: dict[str, int] = {}
    if page > 1:
        others["prev"] = min(page - 1, last)
    if page < last:
        others |= {"next": page + 1, "last": last}
    if page > 1:
        others["first"] = 1
    links = [
        f'<{base_url(request)}{path}?{urlencode({**query, "page": number})}>; rel="{relation}"'
        for relation, number in others.items()
    ]
    return repositories[(page - 1) * per_page : page * per_page], ", ".join(links)


def _describe(request: Request, repositories: Sequence[Repository]) -> list[JsonObject]:
    described = [in_version(request, repository.describe()) for repository in repositories]
    return [{k: v for k, v in item.items() if k not in _SINGLE_FIELDS} for item in described]


def _respond(request: Request, caller: Caller, body: Any, link: str) -> Response:
    packed = dump(body)
    response = conditional(request, caller.token, packed, validated=packed)
    if link:
        response.headers["link"] = link
    return response
