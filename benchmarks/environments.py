"""A virtual environment for each peer, made on first use from the package index."""

import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import base_environment
from benchmarks.notices import notice

FOLDER = Path(__file__).with_name(".venvs")

REQUIREMENTS = {
    "prefect": ("prefect==3.8.8", "fastapi==0.139.0", "starlette==1.0.1"),
    "tap-github": ("meltanolabs-tap-github==1.30.1",),
    "perceval": ("perceval==1.6.1",),
    "dlt": ("dlt[duckdb]==1.31.0",),
}
"""What is installed for each peer. Prefect 3.8.8 does not start with newer FastAPI or Starlette."""


def find_environment(peer: str) -> Path | None:
    """The `bin` folder of a peer's environment; None, after a notice, if it cannot be made."""
    folder, wanted = FOLDER / peer, "\n".join(REQUIREMENTS[peer])
    marker = folder / "installed.txt"
    if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
        notice(f"Installing {', '.join(REQUIREMENTS[peer])}")
        failure = _install(folder, REQUIREMENTS[peer])
        if failure is not None:
            notice(f"{peer} is left out, because it cannot be installed: {failure}")
            return None
        marker.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def _install(folder: Path, requirements: tuple[str, ...]) -> str | None:
    """Make an environment; returns the reason if that failed."""
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements],
    ]
    for step in steps:
        done = subprocess.run(
            step, env=base_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return done.stderr.strip()[-500:]
    return None
