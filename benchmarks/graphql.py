"""The one GraphQL query that a peer begins with: the numbers of repositories by their names."""

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from repo_stats.simulator.world import World

_REPOSITORY = re.compile(r'(\w+): repository\(name: "([^"]+)", owner: "([^"]+)"\)')


async def answer_query(request: Request, world: World, headers: dict[str, str]) -> Response:
    """The answer to a query for repositories; anything else is refused."""
    query = json.loads(await request.body())["query"]
    asked = _REPOSITORY.findall(query)
    if not asked:
        return JSONResponse({"errors": [{"message": "Only repositories can be queried."}]}, 200)
    found = {alias: _describe(world, f"{owner}/{name}") for alias, name, owner in asked}
    return JSONResponse({"data": {**found, "rateLimit": {"cost": 1}}}, headers=headers)


def _describe(world: World, full_name: str) -> dict[str, Any] | None:
    repository = world.find(full_name)
    if repository is None:
        return None
    return {"nameWithOwner": repository.full_name, "databaseId": repository.id}
