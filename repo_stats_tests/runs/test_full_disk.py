"""A full disk causes a plain error, and everything that was stored stays."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.commands import Serve, job_execute

REPO = Shape("acme/stored", 150, 20)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, mounted in the test's folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("only root may mount a disk that is small enough to fill")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


def fill(disk: Path) -> Path:
    """Fill a disk to its last byte; gives the file that fills it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                continue
        except OSError:
            return ballast
    raise AssertionError("the disk took everything")


def read_tables(warehouse: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(warehouse)): path.read_bytes() for path in warehouse.rglob("*.parquet")
    }


def test_a_full_disk_fails_the_run_plainly_and_leaves_what_is_stored(
    tmp_path: Path, small_disk: Path, serve: Serve
) -> None:
    simulator = Simulator(World.of([generate_repository(REPO)]))
    url = serve(simulator)
    warehouse = small_disk / "warehouse"
    variables = {
        "REPO_STATS_REPOS": REPO.full_name,
        "REPO_STATS_WAREHOUSE": str(warehouse),
        "REPO_STATS_MAX_AGE": "0",
    }
    first = job_execute(tmp_path, url, "-j", "refresh_watchlist", **variables)
    assert first.code == 0, first.output
    before = read_tables(warehouse)

    ballast = fill(small_disk)
    full = job_execute(tmp_path, url, "-j", "refresh_watchlist", **variables)
    assert full.code == 1
    assert "cannot be written (No space left on device); what was stored before is" in full.output
    assert read_tables(warehouse) == before
    assert not list(warehouse.rglob("*.tmp"))

    ballast.unlink()
    again = job_execute(tmp_path, url, "-j", "refresh_watchlist", **variables)
    assert again.code == 0, again.output
    row = pd.read_parquet(warehouse / "repo_statistics" / f"{REPO.full_name}.parquet")
    assert row["open_items"].item() == 150
