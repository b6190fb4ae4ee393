"""A full disk causes a plain error, and everything that was stored stays."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import failure, table

REPO = Shape("acme/stored", 15, 5)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, mounted in the test's folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("needs root, to mount a small disk and fill it")
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
    small_disk: Path, simulate: Simulate, settings_for: SettingsFor, run: Run
) -> None:
    simulate(REPO)
    warehouse = small_disk / "warehouse"
    settings = settings_for(
        REPO.full_name, REPO_STATS_WAREHOUSE=str(warehouse), REPO_STATS_MAX_AGE="0"
    )
    assert run(settings).success
    before = read_tables(warehouse)

    ballast = fill(small_disk)
    full = run(settings)
    assert not full.success
    assert "cannot be written (No space left on device); what was stored before is" in failure(full)
    assert read_tables(warehouse) == before
    assert not list(warehouse.rglob("*.tmp"))

    ballast.unlink()
    assert run(settings).success
    assert table(settings, "repo_statistics", REPO.full_name)["open_items"].item() == 15
