"""What is known of the stars of repositories that were stored under another name before."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.schemas import STAR_DAYS
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.tables import Tables


def adopt_moved(
    tables: Tables, states: Mapping[str, RepoState], repos: Iterable[str]
) -> dict[str, RepoState]:
    """Let repositories with a new name know the stars that moved to it with their file.

    The file has another stamp under the new name, and the revision that the old name knows.

    Args:
        tables: the warehouse's tables.
        states: what is known of all repositories, also under earlier names.
        repos: the repositories whose names may be new.

    Returns:
        The states of those of which stars were known under another name.

    Raises:
        WarehouseError: a file or folder cannot be read.
    """
    new = [states[repo] for repo in repos if repo in states and states[repo].stars is None]
    if not new:
        return {}
    earlier = {state.repo_id: state for state in states.values() if state.stars is not None}
    found = (_adopt(tables, state, earlier.get(state.repo_id)) for state in new)
    return {state.repo: state for state in found if state is not None}


def _adopt(tables: Tables, state: RepoState, earlier: RepoState | None) -> RepoState | None:
    """A state with the stars of an earlier name, if their rows are stored under this one."""
    if earlier is None or earlier.stars is None or STAR_DAYS.name not in earlier.files:
        return None
    file = earlier.files[STAR_DAYS.name]
    stored = tables.find_table(STAR_DAYS, state.repo)
    stamp = tables.files.stamp(tables.path(STAR_DAYS, state.repo))
    if stored is None or stamp is None or stored.revision != file.revision:
        return None
    stars = replace(earlier.stars, content_hash=hash_content(STAR_DAYS, stored.rows))
    adopted = replace(state, stars=stars)
    return adopted.with_file(STAR_DAYS.name, replace(file, stamp=stamp))
