"""The paths of the report's files, relative to its folder.

No two are the same, whatever repositories and owners are called: the name of an owner begins with a
letter or a digit, and the files of a repository are in the folder of its owner.
"""

COMPARE_PAGE = "compare.html"

OWNERS = "_owners"
"""The folder of the pages of owners. No owner can have that name."""


def page_path(repo: str) -> str:
    """The page of a repository."""
    return f"{repo}.html"


def numbers_path(repo: str) -> str:
    """The script with the numbers of a repository."""
    return f"{repo}.js"


def owner_path(owner: str) -> str:
    """The page of an owner."""
    return f"{OWNERS}/{owner}.html"
