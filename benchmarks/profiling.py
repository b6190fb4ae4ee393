"""Where the time of a refresh goes: imports, steps, events and requests of one run."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from benchmarks.importing import MODULE, profile_import
from benchmarks.measuring import REPORT, Measurement, measure
from benchmarks.notices import notice
from benchmarks.ours import HOME, refresh
from benchmarks.simulated import SimulatedGitHub, simulate
from benchmarks.table import format_table

REPOS = [f"bench/profiled{number:02d}" for number in range(20)]
MOST = 10
_ENDS = ("STEP_SUCCESS", "STEP_FAILURE")


@dataclass(frozen=True)
class StepTime:
    """When a step ran, in seconds after the command's start."""

    key: str
    started: float
    ended: float


@dataclass(frozen=True)
class RunProfile:
    """What one run consisted of.

    Attributes:
        figures: what the whole run took.
        events: the number of events of each kind; those of the log are `log message`.
        steps: in the order in which they started.
    """

    figures: Measurement
    events: Counter[str]
    steps: Sequence[StepTime]


def format_profile() -> str:
    """The whole profile, as Markdown tables."""
    notice(f"Importing {MODULE}")
    packages = profile_import()
    with simulate([f"{repo}:150:60:30" for repo in REPOS], limited=False) as github:
        _profile_run(github, REPOS[:1])
        one, all_of_them = _profile_run(github, REPOS[:1]), _profile_run(github, REPOS)
    more = len(REPOS) - 1
    per_repo = (all_of_them.events.total() - one.events.total()) / more
    return "\n\n".join(
        [
            f"Importing {MODULE} takes {packages.total():,} ms; the packages that take most of it:",
            _format_packages(packages),
            f"A first refresh of one repository with two pages: {len(one.steps)} steps, "
            f"{one.figures.requests:.0f} requests, {one.figures.wall:.2f} s.",
            _format_steps(one),
            f"Its events, and those of {len(REPOS)} such repositories: "
            f"{per_repo:.1f} for each one more.",
            _format_events(one.events, all_of_them.events),
        ]
    )


def _profile_run(github: SimulatedGitHub, repos: Sequence[str]) -> RunProfile:
    notice(f"Refreshing {len(repos)} repositories")
    with TemporaryDirectory() as name:
        folder = Path(name)
        figures = measure(refresh("repo_stats", github.url, repos), folder, github, 0.0)
        started_at = json.loads((folder / REPORT).read_text(encoding="utf-8"))["started_at"]
        with dg.DagsterInstance.from_config(str(folder / HOME)) as instance:
            [run] = instance.get_runs(limit=1)
            entries = instance.all_logs(run.run_id)
    return RunProfile(
        figures,
        Counter(map(_kind, entries)),
        find_steps([(e.step_key, _kind(e), e.timestamp - started_at) for e in entries]),
    )


def _kind(entry: dg.EventLogEntry) -> str:
    event = entry.dagster_event_type
    return "log message" if event is None else event.value


def find_steps(events: Iterable[tuple[str | None, str, float]]) -> list[StepTime]:
    """When each step ran, in the order in which the steps started.

    A step that was retried lasts from its first start to its last end.

    Args:
        events: the step, kind and time of each event.
    """
    started: dict[str, float] = {}
    ended: dict[str, float] = {}
    for key, kind, at in events:
        if key is not None and kind == "STEP_START":
            started.setdefault(key, at)
        if key is not None and kind in _ENDS:
            ended[key] = at
    return [StepTime(key, at, ended[key]) for key, at in started.items() if key in ended]


def _format_packages(packages: Counter[str]) -> str:
    total = packages.total()
    rows = [
        (name, f"{milliseconds:,}", f"{milliseconds / total:.0%}")
        for name, milliseconds in packages.most_common(MOST)
    ]
    return format_table(("package", "its own ms", "share"), rows)


def _format_steps(profile: RunProfile) -> str:
    rows = [
        (step.key, f"{step.started:.2f}", f"{step.ended:.2f}", f"{step.ended - step.started:.2f}")
        for step in profile.steps
    ]
    whole = f"{profile.figures.wall:.2f}"
    rows.append(("the whole process", "0.00", whole, whole))
    return format_table(("step", "from s", "to s", "takes s"), rows)


def _format_events(one: Counter[str], all_of_them: Counter[str]) -> str:
    rows = [(kind, str(one[kind]), str(count)) for kind, count in all_of_them.most_common()]
    rows.append(("all", str(one.total()), str(all_of_them.total())))
    return format_table(("kind of event", "1", str(len(REPOS))), rows)
