"""How pytest runs the tests: where their files are, and in which order.

The process that only hands tests out to others imports nothing of the package.
"""

import gc
import os
import shutil
import tempfile
from itertools import chain, islice
from pathlib import Path

import pytest

from repo_stats.garbage import look_rarely

look_rarely()  # before all the rest is loaded, which makes hardly any garbage

pytest_plugins = [
    "pytester",
    "repo_stats_tests.helpers.kinds",
    "repo_stats_tests.helpers.skips",
]

LONGEST = ("test_commands.py", "test_door.py", "test_github_actions.py", "test_random_lists.py")
"""The modules beside the whole runs whose tests take longest."""

MEMORY = "/dev/shm"  # noqa: S108 - pytest makes a folder in it that is its own
"""Linux's folder for files in memory."""

MOST_STORED = 2_000_000_000
"""More bytes than all tests store together."""


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, and keep the files of tests in memory: a disk costs several times as much.

    If there is no room in memory, they are on the disk.
    """
    has_folder = "TMPDIR" not in os.environ and os.path.isdir(MEMORY)
    if has_folder and shutil.disk_usage(MEMORY).free > MOST_STORED:
        os.environ["TMPDIR"] = MEMORY  # of the processes that tests start, too
        tempfile.tempdir = None
    hands_out = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if not hands_out:
        config.pluginmanager.import_plugin("repo_stats_tests.helpers.surroundings")
        config.pluginmanager.import_plugin("repo_stats_tests.helpers.fixtures")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with its share of the tests that take longest.

    The tests of a module stay together: they share what the first of them has made.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    longest: dict[Path, list[pytest.Item]] = {}
    others: list[pytest.Item] = []
    for item in items:
        takes_long = "runs" in item.path.parts or item.path.name in LONGEST
        (longest.setdefault(item.path, []) if takes_long else others).append(item)
    modules, rest, share = [*longest.values()], iter(others), -(-len(items) // workers)
    items.clear()
    for worker in range(workers):
        first = [*chain.from_iterable(modules[worker::workers])]
        items += [*first, *islice(rest, max(0, share - len(first)))]


def pytest_collection_finish() -> None:
    """Never look for garbage in what is loaded by now: it takes a fifth of the suite's time."""
    gc.freeze()
