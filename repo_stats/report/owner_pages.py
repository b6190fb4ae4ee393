"""The pages of owners with several repositories, as far as they changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from repo_stats.report.addresses import OWNERS, numbers_path, owner_path
from repo_stats.report.index_rows import IndexRow, group_by_owner
from repo_stats.report.made_pages import FOLDER, MadeFile, MadePages, describe_owner
from repo_stats.report.numbers import RepositoryNumbers, read_numbers_script
from repo_stats.report.owner_page import make_owner_page
from repo_stats.warehouse.files import Files


@dataclass
class OwnerPages:
    """The pages of all owners that have one, those that did not change included.

    Attributes:
        made: what they were made of, by owner.
        written: how many files were written.
    """

    made: dict[str, MadeFile] = field(default_factory=dict)
    written: int = 0


def make_owner_pages(
    files: Files,
    rows: Sequence[IndexRow],
    made: Mapping[str, MadePages],
    before: Mapping[str, MadeFile],
) -> OwnerPages:
    """Write the pages of owners that changed, or that somebody removed or changed.

    Args:
        files: of the warehouse.
        rows: of all repositories, the ones with the most stars first.
        made: the files of all repositories, which are written already.
        before: what the pages were made of when the report was last written.

    Raises:
        WarehouseError: a file cannot be read or written.
    """
    pages = OwnerPages()
    listed = files.stamps(f"{FOLDER}/{OWNERS}")
    for owner, of_owner in _by_owner(rows).items():
        source, known = describe_owner(of_owner, made), before.get(owner)
        stamp = listed.get(f"{owner}.html")
        if known is not None and (known.made_of, known.stamp) == (source, stamp):
            pages.made[owner] = known
            continue
        page = make_owner_page(owner, of_owner, _read_numbers(files, of_owner)).encode()
        stamp = files.write(f"{FOLDER}/{owner_path(owner)}", page)
        pages.made[owner] = MadeFile(source, stamp, len(page))
        pages.written += 1
    return pages


def _by_owner(rows: Sequence[IndexRow]) -> dict[str, list[IndexRow]]:
    """The rows of each owner of several repositories: one alone has a page that says the same."""
    groups = group_by_owner(rows)
    return {owner: of_owner for owner, of_owner in groups.items() if len(of_owner) > 1}


def _read_numbers(files: Files, rows: Sequence[IndexRow]) -> list[RepositoryNumbers]:
    contents = (files.read(f"{FOLDER}/{numbers_path(row.repo)}") or b"" for row in rows)
    numbers = (read_numbers_script(content.decode(errors="replace")) for content in contents)
    return [known for known in numbers if known is not None]
