"""What each field of the schema is read from."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLResolveInfo, GraphQLSchema

from repo_stats.simulator.graphql.documents import load_schema
from repo_stats.simulator.graphql.errors import ApiError
from repo_stats.simulator.graphql.items import state_of
from repo_stats.simulator.graphql.reading import Reading, RepositoryNode
from repo_stats.simulator.objects import GHOST_ID, WEB
from repo_stats.simulator.troubles import ISSUES_OFF
from repo_stats.simulator.world import JsonObject, Repository

_MOST_IDS = 100

_LARGEST_INT = 2**31 - 1


@cache
def served_schema() -> GraphQLSchema:
    """The schema, whose fields are read from what a `Reading` shows."""
    schema = load_schema()
    types: Any = schema.type_map
    for name, read in _QUERY_FIELDS.items():
        types["Query"].fields[name].resolve = read
    for name, value_of in _REPOSITORY_FIELDS.items():
        types["Repository"].fields[name].resolve = _of_repository(value_of)
    types["Repository"].fields["id"].resolve = _repository_id
    for name, are_pull_requests in (("issues", False), ("pullRequests", True)):
        types["Repository"].fields[name].resolve = _connection(are_pull_requests)
    for kind in ("Issue", "PullRequest"):
        for name, field in types[kind].fields.items():
            field.resolve = _of_item(_ITEM_FIELDS[name])
    for interface in filter(lambda kind: isinstance(kind, GraphQLInterfaceType), types.values()):
        interface.resolve_type = _name_type
    return schema


def _name_type(value: Any, *_: Any) -> str:
    return "Repository" if isinstance(value, RepositoryNode) else str(value["type"])


def _after(info: GraphQLResolveInfo, node: RepositoryNode | None) -> None:
    """Tell that a field was read, so that something can change after it."""
    reading: Reading = info.context
    if reading.after_field is not None:
        latest = reading.found if node is None else node.latest
        reading.after_field(str(info.path.key), latest)


def _find_node(_: Any, info: GraphQLResolveInfo, id: str) -> RepositoryNode:  # noqa: A002
    node: RepositoryNode = info.context.find_by_id(id)
    _after(info, node)
    return node


def _find_nodes(
    _: Any, info: GraphQLResolveInfo, ids: Sequence[str]
) -> list[RepositoryNode | ApiError]:
    """The nodes in the order of the ids; an error stands for a null."""
    if len(ids) > _MOST_IDS:
        message = f"You may not provide more than {_MOST_IDS} node ids; you provided {len(ids)}."
        raise ApiError("ARGUMENT_LIMIT", message)
    found = [_try_to_find(info.context, node_id) for node_id in ids]
    _after(info, None)
    return found


def _try_to_find(reading: Reading, node_id: str) -> RepositoryNode | ApiError:
    try:
        return reading.find_by_id(node_id)
    except ApiError as error:
        return error


def _find_repository(
    _: Any,
    info: GraphQLResolveInfo,
    owner: str,
    name: str,
    followRenames: bool,  # noqa: N803
) -> RepositoryNode:
    full_name = f"{owner}/{name}"
    node: RepositoryNode = info.context.find_by_name(full_name, follow_renames=followRenames)
    _after(info, node)
    return node


def _rate_limit(_: Any, info: GraphQLResolveInfo) -> JsonObject | None:
    limit: JsonObject | None = info.context.rate_limit
    return limit


_QUERY_FIELDS: dict[str, Callable[..., Any]] = {
    "node": _find_node,
    "nodes": _find_nodes,
    "rateLimit": _rate_limit,
    "repository": _find_repository,
}


def _repository_id(node: RepositoryNode, info: GraphQLResolveInfo) -> str:
    _after(info, node)
    return node.id


def _of_repository(value_of: Callable[[Repository], Any]) -> Callable[..., Any]:
    """The resolver of a field that is read from a repository as it is shown."""

    def resolve(node: RepositoryNode, info: GraphQLResolveInfo, **_: Any) -> Any:
        value = value_of(info.context.show(node))
        _after(info, node)
        return value

    return resolve


def _connection(are_pull_requests: bool) -> Callable[..., JsonObject]:
    def resolve(node: RepositoryNode, info: GraphQLResolveInfo, **arguments: Any) -> JsonObject:
        reading: Reading = info.context
        shown = reading.show(node)
        found = reading.items.connect(shown, arguments, pull_requests=are_pull_requests)
        _after(info, node)
        return found

    return resolve


def _of_item(value_of: Callable[[JsonObject], Any]) -> Callable[..., Any]:
    return lambda item, _: value_of(item)


def _object(key: str) -> Callable[[Repository], Any]:
    return lambda repository: repository.object.get(key)


def _license(repository: Repository) -> JsonObject | None:
    found = repository.object.get("license")
    return found and {"key": found["key"], "name": found["name"], "spdxId": found["spdx_id"]}


def _named(key: str) -> Callable[[Repository], JsonObject | None]:
    def value_of(repository: Repository) -> JsonObject | None:
        name = repository.object.get(key)
        return None if name is None else {"name": name}

    return value_of


def _account(account: JsonObject) -> JsonObject:
    """An account as GraphQL shows it: a bot without the mark in its login."""
    return {
        "type": account["type"],
        "id": account["node_id"],
        "login": account["login"].removesuffix("[bot]"),
        "url": account["html_url"],
    }


def _author(item: JsonObject) -> JsonObject | None:
    """The author of an item; None for a deleted account, which REST shows as the ghost."""
    user = item["user"]
    return None if user is None or user["id"] == GHOST_ID else _account(user)


_REPOSITORY_FIELDS: dict[str, Callable[[Repository], Any]] = {
    "createdAt": _object("created_at"),
    "databaseId": _object("id"),
    "defaultBranchRef": _named("default_branch"),
    "description": _object("description"),
    "diskUsage": _object("size"),
    "forkCount": _object("forks_count"),
    "hasIssuesEnabled": lambda r: r.object["has_issues"] and r.trouble not in ISSUES_OFF,
    "homepageUrl": _object("homepage"),
    "isArchived": _object("archived"),
    "isDisabled": _object("disabled"),
    "isFork": _object("fork"),
    "isPrivate": _object("private"),
    "isTemplate": _object("is_template"),
    "licenseInfo": _license,
    "name": _object("name"),
    "nameWithOwner": _object("full_name"),
    "owner": lambda repository: _account(repository.object["owner"]),
    "primaryLanguage": _named("language"),
    "pushedAt": _object("pushed_at"),
    "stargazerCount": _object("stargazers_count"),
    "updatedAt": _object("updated_at"),
    "url": lambda repository: f"{WEB}/{repository.full_name}",
    "visibility": lambda repository: str(repository.object["visibility"]).upper(),
    "watchers": lambda repository: {"totalCount": repository.object["subscribers_count"]},
}

_ITEM_FIELDS: dict[str, Callable[[JsonObject], Any]] = {
    "author": _author,
    "closed": lambda item: item["state"] == "closed",
    "closedAt": lambda item: item["closed_at"],
    "createdAt": lambda item: item["created_at"],
    "databaseId": lambda item: item["id"] if item["id"] <= _LARGEST_INT else None,
    "fullDatabaseId": lambda item: str(item["id"]),
    "id": lambda item: item["node_id"],
    "isDraft": lambda item: bool(item.get("draft")),
    "mergedAt": lambda item: item["pull_request"].get("merged_at"),
    "number": lambda item: item["number"],
    "state": state_of,
    "title": lambda item: item["title"],
    "updatedAt": lambda item: item["updated_at"],
    "url": lambda item: item["html_url"],
}
