"""Removing what an earlier report holds, and the present one does not."""

from collections.abc import Set
from pathlib import PurePosixPath

from repo_stats.report.made_pages import FOLDER
from repo_stats.report.templating import GENERATOR
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.listings import list_paths

SCRIPT_MARK = "// repo_stats\n"
"""How a script of the report begins, by which it is recognized."""


def is_own(name: str, text: str) -> bool:
    """Whether a file belongs to a report, and is not another one kept in its folder.

    Args:
        name: of the file.
        text: its content.
    """
    if name.endswith(".html"):
        return f'<meta name="generator" content="{GENERATOR}">' in text
    return name.endswith(".js") and text.startswith(SCRIPT_MARK)


def remove_others(files: Files, wanted: Set[str], earlier: Set[str]) -> None:
    """Remove what the report no longer has, but no file of somebody else.

    Pages and scripts tell themselves whose they are; of other files it is known.

    Where case is ignored, a wanted file can have the name of an earlier spelling.

    Args:
        files: of the warehouse.
        wanted: the paths of the report's files, in its folder.
        earlier: those that are known of the report before.

    Raises:
        WarehouseError: a file cannot be removed.
    """
    spellings = {path.lower(): path for path in wanted}
    for path in list_paths(files, FOLDER):  # those beside the first page are left alone
        if path in wanted:
            continue
        wanted_path = spellings.get(path.lower())
        if wanted_path is not None and files.is_same_file(
            f"{FOLDER}/{path}", f"{FOLDER}/{wanted_path}"
        ):
            continue
        if path in earlier or _tells_its_own(files, path):
            files.delete(f"{FOLDER}/{path}")


def _tells_its_own(files: Files, path: str) -> bool:
    """Whether a file is a page or a script that tells that it is the report's.

    What cannot be read, such as a folder of that name, does not tell it.
    """
    name = PurePosixPath(path).name
    if not name.endswith((".html", ".js")):
        return False
    try:
        content = files.read(f"{FOLDER}/{path}") or b""
    except WarehouseError:
        return False
    return is_own(name, content.decode(errors="replace"))
