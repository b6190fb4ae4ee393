"""The GraphQL query that one of the peers begins with: the ids of repositories by their names."""

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from repo_stats.simulator.world import World

_REPOSITORY = re.compile(r'(\w+): repository\(name: "([^"]+)", owner: "([^"]+)"\)')


async def respond_to_query(request: Request, world: World, headers: dict[str, str]) -> Response:
    """The response to a query for repositories; any other query is refused."""
    query = json.loads(await request.body())["query"]
    queried = _REPOSITORY.findall(query)
    if not queried:
        return JSONResponse({"errors": [{"message": "Only repositories can be queried."}]}, 200)
    found = {alias: _describe(world, f"{owner}/{name}") for alias, name, owner in queried}
    return JSONResponse({"data": {**found, "rateLimit": {"cost": 1}}}, headers=headers)


def _describe(world: World, full_name: str) -> dict[str, Any] | None:
    repository = world.find(full_name)
    if repository is None:
        return None
    return {"nameWithOwner": repository.full_name, "databaseId": repository.id}
