"""The refresh of this project as a command to measure."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.measuring import FOLDER, Variant
from repo_stats.defs.instance_settings import write_instance_settings

JOB_EXECUTE = (sys.executable, "-m", "dagster", "job", "execute")
HOME = "home"
WAREHOUSE = "warehouse"


def make_home(folder: Path) -> None:
    """Make a DAGSTER_HOME with the settings of the project; an existing one keeps its runs."""
    home = folder / HOME
    home.mkdir(exist_ok=True)
    write_instance_settings(home)


def count_in(table: str) -> Callable[[Path], int]:
    """A function that counts the rows of a table in the warehouse of a folder."""

    def count(folder: Path) -> int:
        files = (folder / WAREHOUSE / table).rglob("*.parquet")
        return sum(pq.read_metadata(path).num_rows for path in files)

    return count


def refresh(
    name: str,
    url: str,
    repos: Sequence[str],
    *,
    job: str = "refresh_watchlist",
    table: str = "open_issues",
    keeps_folder: bool = False,
    **variables: str,
) -> Variant:
    """A run of a job of `repo_stats.definitions` with Dagster's own command.

    Args:
        name: its name in the table.
        url: the simulated GitHub's address.
        repos: the watchlist.
        job: the name of the job.
        table: the table whose rows are counted.
        keeps_folder: whether the warehouse and the run history stay from run to run.
        variables: more environment variables.
    """
    return Variant(
        name=name,
        command=(*JOB_EXECUTE, "-m", "repo_stats.definitions", "-j", job),
        environment={
            "DAGSTER_HOME": f"{FOLDER}/{HOME}",
            "REPO_STATS_API_URL": url,
            "REPO_STATS_REPOS": ",".join(repos),
            "REPO_STATS_WAREHOUSE": WAREHOUSE,
            **variables,
        },
        set_up=make_home,
        count_rows=count_in(table),
        keeps_folder=keeps_folder,
    )
