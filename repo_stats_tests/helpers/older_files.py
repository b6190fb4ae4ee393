"""A warehouse as an earlier version left it: files without the columns that came later."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.parquet import from_parquet, read_footer, to_parquet
from repo_stats.warehouse.states.listed_files import adopt_files
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables

OF_ITEMS = ("issue_type", "is_bot", "reactions", "locked_reason", "merged_at")

OF_STATISTICS = (
    "users_without_bots",
    "average_open_issues_per_user_without_bots",
    "average_open_issues_per_user_without_pull_requests_and_bots",
)

COLUMNS = {
    **dict.fromkeys(("issue_pages", "all_issue_pages", "open_issues", "issues"), OF_ITEMS),
    **dict.fromkeys(("repo_statistics", "repo_history"), OF_STATISTICS),
    "issues_per_user": ("is_bot",),
}
"""The columns that came later, by the folder of the files."""


def make_older(warehouse: str) -> int:
    """Take the newer columns out of all files, of which all else is known as before.

    Returns:
        How many files were changed.
    """
    changed = sum(
        _drop(file, names)
        for folder, names in COLUMNS.items()
        for file in Path(warehouse, folder).rglob("*.parquet")
    )
    tables = Tables(Files(warehouse))
    adopt_files(tables)
    index = StateIndex(tables.files)
    index.update(
        {
            repo: replace(
                state, files={n: replace(f, code_version="2") for n, f in state.files.items()}
            )
            for repo, state in index.read().items()
        }
    )
    return changed


def _drop(file: Path, names: Sequence[str]) -> bool:
    content = file.read_bytes()
    footer = read_footer(dict[str, Any], content)
    file.write_bytes(to_parquet(from_parquet(content).drop_columns(list(names)), footer))
    return True
