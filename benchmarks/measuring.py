"""Measures whole commands: one run, runs in turns, and their medians."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.notices import notice
from benchmarks.simulated import TOKEN, SimulatedGitHub

LAUNCHER = Path(__file__).with_name("launcher.py")
LIMIT = 300.0
"""Seconds after which a command is given up."""

FOLDER = "{folder}"
"""In commands and environments, a placeholder for the absolute path of the folder they run in."""

REPORT, OUTPUT = "report.json", "output.log"
"""Files in that folder: the report of the launcher, and what the command printed."""

_FOREIGN = ("REPO_STATS_", "GITHUB_", "DAGSTER_", "PREFECT_", "PYTHON", "TAP_GITHUB_", "BENCHMARK_")
_QUIET = {
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
    "DO_NOT_TRACK": "1",
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "GITHUB_TOKEN": TOKEN,
}
"""Variables of all commands: nothing leaves the machine, and all have the same token."""


@dataclass(frozen=True)
class Variant:
    """A command to measure.

    Attributes:
        name: its name in the table.
        command: the program and its arguments.
        environment: variables added to those of the machine.
        set_up: prepares the folder it runs in; this is not measured.
        count_rows: counts the rows that it stored in the folder, after the run.
        keeps_folder: whether all runs, the warm-up included, share one folder.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    set_up: Callable[[Path], None] = lambda folder: None
    count_rows: Callable[[Path], int | None] = lambda folder: None
    keeps_folder: bool = False


@dataclass(frozen=True)
class Measurement:
    """What one run took; times in seconds.

    Attributes:
        wall: from the start of the command until it ended.
        cpu: processor time of the command and all its descendants.
        peak_mb: the largest resident set of any one process of them, in MB.
        requests: requests that the server responded to.
        charged: those of them that a token is charged for.
        sent_mb: what the server sent, in MB.
        before: from the start of the command until its first request; None without requests.
        asking: from the first request until the last response.
        after: from the last response until the command ended.
        rows: rows that it stored; None if they were not counted.
    """

    wall: float
    cpu: float
    peak_mb: float
    requests: float
    charged: float
    sent_mb: float
    before: float | None
    asking: float | None
    after: float | None
    rows: float | None


class RunError(Exception):
    """A command failed or was given up; the message ends with the last of its output."""


def base_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The machine's environment, without variables that configure the tools or forbid byte-code."""
    return {key: value for key, value in environ.items() if not key.startswith(_FOREIGN)} | _QUIET


def environment_of(variant: Variant, folder: Path) -> dict[str, str]:
    """All environment variables of a variant that runs in a folder."""
    own = {key: value.replace(FOLDER, str(folder)) for key, value in variant.environment.items()}
    return {**base_environment(), **own}


def measure(variant: Variant, folder: Path, github: SimulatedGitHub, latency: float) -> Measurement:
    """Run a variant once in a folder.

    Raises:
        RunError: it failed, or took too long.
    """
    variant.set_up(folder)
    github.reset(latency)
    report, output = folder / REPORT, folder / OUTPUT
    command = [argument.replace(FOLDER, str(folder)) for argument in variant.command]
    with output.open("wb") as log:
        subprocess.run(
            [sys.executable, "-S", str(LAUNCHER), str(report), str(LIMIT), *command],
            cwd=folder,
            env=environment_of(variant, folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=True,
        )
    took = json.loads(report.read_text(encoding="utf-8"))
    _check(variant, took, output)
    traffic = github.traffic()
    first, last = traffic.first, traffic.last
    return Measurement(
        wall=took["wall"],
        cpu=took["cpu"],
        peak_mb=took["peak_kib"] * 1024 / 1e6,
        requests=traffic.requests,
        charged=traffic.charged,
        sent_mb=traffic.sent_bytes / 1e6,
        before=None if first is None else first - took["started_at"],
        asking=None if first is None or last is None else last - first,
        after=None if last is None else took["started_at"] + took["wall"] - last,
        rows=variant.count_rows(folder),
    )


def _check(variant: Variant, took: Mapping[str, float | None], output: Path) -> None:
    if took["killed"]:
        notice(f"{variant.name}: {took['killed']} processes that it left behind were killed.")
    if took["code"] == 0:
        return
    how = f"took more than {LIMIT:.0f} s" if took["code"] is None else f"ended with {took['code']}"
    tail = output.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RunError(f"{variant.name} {how}:\n{tail}")


def measure_in_turns(
    variants: Sequence[Variant], github: SimulatedGitHub, runs: int, latency: float = 0.0
) -> dict[str, list[Measurement]]:
    """Run each variant once to warm up, then all of them in turns.

    The warm-up, without latency, leaves byte-code on disk. A variant that fails is left out from
    then on, with a notice.
    """
    found: dict[str, list[Measurement]] = {}
    with ExitStack() as stack:
        kept = {
            variant.name: Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for variant in variants
            if variant.keeps_folder
        }
        for number in range(runs + 1):
            for variant in variants:
                if number and variant.name not in found:
                    continue
                notice(f"{variant.name}: {f'run {number} of {runs}' if number else 'warm-up'}")
                try:
                    taken = _once(variant, kept, github, latency if number else 0.0)
                except (RunError, subprocess.CalledProcessError) as error:
                    notice(f"Left out. {error}")
                    found.pop(variant.name, None)
                    continue
                measurements = found.setdefault(variant.name, [])
                if number:
                    measurements.append(taken)
    return found


def _once(
    variant: Variant, kept: Mapping[str, Path], github: SimulatedGitHub, latency: float
) -> Measurement:
    if variant.name in kept:
        return measure(variant, kept[variant.name], github, latency)
    with tempfile.TemporaryDirectory() as folder:
        return measure(variant, Path(folder), github, latency)


def median(measurements: Sequence[Measurement]) -> Measurement:
    """The median of each figure, taken separately."""

    def middle(name: str) -> float | None:
        figures = [getattr(measurement, name) for measurement in measurements]
        known = [figure for figure in figures if figure is not None]
        return statistics.median(known) if known else None

    return Measurement(**{name: middle(name) for name in Measurement.__dataclass_fields__})  # type: ignore[arg-type]
