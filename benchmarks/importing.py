"""How long it takes to import the definitions, by Python's `-X importtime`."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import base_environment

MODULE = "repo_stats.definitions"
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)")


def profile_import() -> Counter[str]:
    """Milliseconds to import the definitions, by package.

    A first import, which is not measured, writes the byte-code.
    """
    with TemporaryDirectory() as folder:
        _import(Path(folder))
        return parse_import_time(_import(Path(folder)))


def _import(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {MODULE}"],
        cwd=folder,
        env=base_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def parse_import_time(text: str) -> Counter[str]:
    """Milliseconds of the modules of each top-level package, from the text that Python printed.

    Each line has the microseconds of a module without its own imports, and then with them.
    """
    own: Counter[str] = Counter()
    for microseconds, name in _LINE.findall(text):
        own[name.partition(".")[0]] += int(microseconds)
    return Counter({name: round(count / 1000) for name, count in own.items()})
