"""The paths that the simulated GitHub has, all with the same handler."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from repo_stats.simulator.exchanges import QUERY_PATHS
from repo_stats.simulator.responses import ENTERPRISE_PATH

_PARTS = (
    *("", "/issues", "/releases", "/releases/{release:int}/assets"),
    *("/traffic/views", "/traffic/clones", "/traffic/popular/referrers", "/traffic/popular/paths"),
    *("/stargazers", "/stargazers/history", "/stargazers/count", "/subscribers"),
)
"""What follows a repository in a path."""

_READ = (
    *(f"/repos/{{owner}}/{{name}}{part}" for part in _PARTS),
    *(f"/repositories/{{number:int}}{part}" for part in _PARTS),
    "/orgs/{account}/repos",
    "/organizations/{account:int}/repos",
    "/users/{account}/repos",
    "/user/{account:int}/repos",
    "/installation/repositories",
    "/rate_limit",
)

_TOKENS = "/app/installations/{installation:int}/access_tokens"

_ANYTHING = "/{anything:path}"


def build_app(handle: Callable[[Request], Awaitable[Response]]) -> Starlette:
    """An application whose requests all go to one handler."""
    read = [Route(path, handle) for path in _READ]
    queries = [Route(path, handle, methods=["POST"]) for path in QUERY_PATHS]
    rest = [*read, Route(_TOKENS, handle, methods=["POST"]), Route(_ANYTHING, handle)]
    return Starlette(routes=[Mount(ENTERPRISE_PATH, routes=rest), *queries, *rest])
