"""The files that states know, compared with those that the warehouse has."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from repo_stats.warehouse.schemas import TABLES
from repo_stats.warehouse.states.repo_state import INPUTS, RepoState, StoredFile
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables

_SCHEMAS = {schema.name: schema for schema in TABLES if schema.name in INPUTS}


def find_stamps(tables: Tables, repos: Collection[str]) -> dict[str, dict[str, str]]:
    """How a listing shows the files of repositories, by repository and table.

    Raises:
        WarehouseError: a folder cannot be listed.
    """
    found: dict[str, dict[str, str]] = {repo: {} for repo in repos}
    owners = {repo.partition("/")[0] for repo in repos}
    for table in INPUTS:
        for owner in owners:
            for name, stamp in tables.files.stamps(f"{table}/{owner}").items():
                repo = f"{owner}/{name.removesuffix('.parquet')}"
                if repo in found:
                    found[repo][table] = stamp
    return found


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
    stamps = find_stamps(tables, states.keys())
    adopted = {
        repo: replace(state, files={**state.files, **files})
        for repo, state in states.items()
        if (files := _find_copies(tables, state, stamps[repo]))
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
