"""Which files of tables changed: the stamps of all repositories' files, by a few listings.

Listings give the stamps, so that thousands of repositories cost no read of a file.
"""

from collections.abc import Iterable, Mapping, Sequence

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.listings import list_files
from repo_stats.warehouse.schemas import TableSchema

Stamps = Mapping[str, str]
"""The stamp of a repository's file of each table that has one, by the name of the table."""


def list_table_stamps(
    files: Files, schemas: Sequence[TableSchema], repos: Iterable[str]
) -> dict[str, Stamps]:
    """The stamps of the files of repositories; a text that changes when a file is written again.

    Where case is ignored, a file may have the name of an earlier spelling. Then it counts as well.

    Args:
        files: of the warehouse.
        schemas: the tables.
        repos: the repositories.

    Raises:
        WarehouseError: a folder exists and cannot be listed.
    """
    repos = list(repos)
    owners = {repo.partition("/")[0] for repo in repos}
    found: dict[str, dict[str, str]] = {repo: {} for repo in repos}
    for schema in schemas:
        listed = _by_lower_name(list_files(files, schema.name, owners))
        for repo in repos:
            stamp = listed.get(_key(f"{repo}.parquet"))
            if stamp is not None:
                found[repo][schema.name] = stamp
    return dict(found)


def _by_lower_name(stamps: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The stamps of files by their names in lower case; those of several are put together."""
    found: dict[str, str] = {}
    for path, stamp in sorted(stamps):
        key = _key(path)
        found[key] = f"{found[key]} {stamp}" if key in found else stamp
    return found


def _key(path: str) -> str:
    owner, _, name = path.partition("/")
    return f"{owner}/{name.lower()}"
