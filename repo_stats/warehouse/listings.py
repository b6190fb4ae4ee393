"""Listing the files of many repositories: by as few requests as the storage allows.

On a disk, the folders of the wanted owners are listed. In object storage that would be a request
for each owner. There, one listing gives all files below a folder, 1,000 with each request.
"""

from collections.abc import Callable, Collection, Iterator

from repo_stats.warehouse.files import Files, UnusableFileError

_FEW = 2
"""How many files of object storage are looked at one by one: a listing of all may cost more."""


def list_files(
    files: Files, folder: str, owners: Collection[str] | None = None
) -> Iterator[tuple[str, str]]:
    """The files in the folders of owners, with their stamps.

    Args:
        files: of the warehouse.
        folder: below which each owner has a folder.
        owners: the owners; None for all.

    Yields:
        `owner/name` of a file, and its stamp: see `stamps`.

    Raises:
        WarehouseError: a folder exists and cannot be listed.
    """
    if files.is_local or (owners is not None and len(owners) == 1):
        for owner in files.names(folder) if owners is None else owners:
            for name, stamp in files.stamps(f"{folder}/{owner}").items():
                yield f"{owner}/{name}", stamp
        return
    for path, stamp in files.stamps_below(folder).items():
        owner, _, name = path.partition("/")
        if name and "/" not in name and (owners is None or owner in owners):
            yield path, stamp


def list_paths(
    files: Files, folder: str, is_wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[str]:
    """The same files without stamps, for which a disk has to look at each file.

    Args:
        files: of the warehouse.
        folder: below which each owner has a folder.
        is_wanted: whether the files of an owner are needed; there may be others nevertheless.

    Raises:
        WarehouseError: a folder exists and cannot be listed.
    """
    if files.is_local:
        for owner in filter(is_wanted, files.names(folder)):
            yield from (f"{owner}/{name}" for name in files.names(f"{folder}/{owner}"))
    else:
        yield from (path for path, _ in list_files(files, folder))


def find_stamps(files: Files, folder: str, paths: Collection[str]) -> dict[str, str]:
    """The stamps of files, by their paths; of those that are there.

    A file that cannot be looked at has an empty one. Who reads it is told why.

    Args:
        files: of the warehouse.
        folder: below which the files are.
        paths: `owner/name` of each file.

    Raises:
        WarehouseError: a file or folder cannot be looked at.
    """
    if files.is_local or len(paths) <= _FEW:
        looked = {path: _look(files, f"{folder}/{path}") for path in paths}
        return {path: stamp for path, stamp in looked.items() if stamp is not None}
    listed = dict(list_files(files, folder, {path.partition("/")[0] for path in paths}))
    return {path: listed[path] for path in paths if path in listed}


def _look(files: Files, path: str) -> str | None:
    try:
        return files.stamp(path)
    except UnusableFileError:
        return ""
