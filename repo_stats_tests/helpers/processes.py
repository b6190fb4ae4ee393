"""Python code in a process of its own, which a test may talk to and which may be killed."""

import os
import subprocess
import sys

from repo_stats_tests.helpers.paths import ROOT


def start(code: str, **names: object) -> "subprocess.Popen[str]":
    """Start a process that runs code, with names that have values."""
    assignments = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    return subprocess.Popen(
        [sys.executable, "-c", assignments + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
