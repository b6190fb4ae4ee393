"""Machines in place of containers, and what they share."""

import os
import subprocess
from pathlib import Path

from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.scale.machines import on_machine, require_machines, variables_for

LOOK_AND_WRITE = """
ls -A
cat dagster.yaml
echo number $$
touch mine /dev/shm/mine
touch "$0" || echo refused
"""


def test_machines_find_no_file_of_each_other_and_can_write_none_elsewhere(tmp_path: Path) -> None:
    require_machines()
    elsewhere, own = ROOT / "written_by_a_machine", Path("/dev/shm/mine")  # noqa: S108
    for _ in range(2):
        ended = subprocess.run(
            on_machine(["sh", "-c", LOOK_AND_WRITE, str(elsewhere)]),
            env={**os.environ, **variables_for(str(tmp_path), "its: content\n")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        assert ended.stdout == "dagster.yaml\nits: content\nnumber 1\nrefused\n"
    assert not elsewhere.exists()
    assert not own.exists()
    assert list(tmp_path.iterdir()) == []
