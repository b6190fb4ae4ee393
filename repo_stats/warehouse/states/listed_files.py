"""The files that states know, compared with those that the warehouse has."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.listings import list_files
from repo_stats.warehouse.schemas import TABLES
from repo_stats.warehouse.states.repo_state import INPUTS, RepoState, StoredFile
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables

_SCHEMAS = {schema.name: schema for schema in TABLES if schema.name in INPUTS}


class ListedFiles:
    """How a listing shows the files of repositories. A table is listed when it is first asked for.

    Args:
        files: of the warehouse.
        repos: the repositories.
    """

    def __init__(self, files: Files, repos: Collection[str]) -> None:
        self._files = files
        self._owners = {repo.partition("/")[0] for repo in repos}
        self._listed: dict[str, dict[str, str]] = {}

    def stamps(self, repo: str, tables: Iterable[str]) -> dict[str, str]:
        """The stamps of a repository's files of some tables, by table; of those that are there.

        Raises:
            WarehouseError: a folder cannot be listed.
        """
        path = f"{repo}.parquet"
        return {table: self._list(table)[path] for table in tables if path in self._list(table)}

    def _list(self, table: str) -> Mapping[str, str]:
        if table not in self._listed:
            self._listed[table] = dict(list_files(self._files, table, self._owners))
        return self._listed[table]


def adopt_files(tables: Tables) -> list[str]:
    """Let the states know the files of a warehouse that was copied as a whole.

    A copy of a file has another stamp, but the same revision in its footer. A file of another
    revision stays unknown.

    Returns:
        The repositories of which files are known again.

    Raises:
        WarehouseError: files cannot be read, or the states cannot be stored.
    """
    index = StateIndex(tables.files)
    states = index.read()
    listed = ListedFiles(tables.files, states.keys())
    adopted = {
        repo: replace(state, files={**state.files, **files})
        for repo, state in states.items()
        if (files := _find_copies(tables, state, listed.stamps(repo, INPUTS)))
    }
    index.update(adopted, since=states)
    return list(adopted)


def _find_copies(
    tables: Tables, state: RepoState, stamps: Mapping[str, str]
) -> dict[str, StoredFile]:
    """The files of a repository that only have another stamp than the known ones, by table."""
    return {
        name: replace(known, stamp=stamps[name])
        for name, known in state.files.items()
        if stamps.get(name, known.stamp) != known.stamp
        and tables.revision(_SCHEMAS[name], state.repo) == known.revision
    }
