"""Runs the shell steps of a workflow for GitHub Actions as its runner does."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""How a runner calls the shell `bash`."""

_OUTCOME = re.compile(r"steps\.(\w+)\.outcome (==|!=) '(\w+)'")


@dataclass
class JobRun:
    """A job that was carried out.

    Attributes:
        outcomes: `success`, `failure` or `skipped`, by the name of each step that has one.
        output: what all steps printed.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    output: str = ""


def run_job(
    job: Mapping[str, Any], checkout: Path, variables: Mapping[str, str], skipped: str
) -> JobRun:
    """Carry out a job. Of the steps that use an action, only their conditions are looked at.

    Args:
        job: the job. A step that it lacks counts as one that succeeded.
        checkout: the working directory.
        variables: the environment of all steps; also the values of expressions, such as
            `secrets.TOKEN || github.token`.
        skipped: the name of a step that counts as carried out.
    """
    run, by_id = JobRun(), dict[str, str]()
    for step in job["steps"]:
        name = step.get("name", step.get("uses"))
        has_failed = "failure" in run.outcomes.values()
        if not _is_due(step.get("if"), by_id, has_failed=has_failed):
            outcome = "skipped"
        elif "run" not in step or name == skipped:
            outcome = "success"
        else:
            outcome = _run_step(step, checkout, variables, run)
        run.outcomes[name] = by_id[step.get("id", name)] = outcome
    return run


def _run_step(
    step: Mapping[str, Any], checkout: Path, variables: Mapping[str, str], run: JobRun
) -> str:
    own = {name: _fill(value, variables) for name, value in step.get("env", {}).items()}
    result = subprocess.run(
        [*SHELL, "-c", step["run"]],
        cwd=checkout,
        env={**os.environ, **variables, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    run.output += result.stdout
    return "failure" if result.returncode else "success"


def _fill(value: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: variables[found[1]], value)


def _is_due(condition: str | None, outcomes: Mapping[str, str], *, has_failed: bool) -> bool:
    """Whether a step is carried out; a condition that this does not know is an error."""
    if condition is None:
        return not has_failed
    first, *others = condition.removeprefix("${{ ").removesuffix(" }}").split(" && ")
    assert first == "!cancelled()"
    is_due = True
    for other in others:
        found = _OUTCOME.fullmatch(other)
        assert found is not None, other
        is_due &= (outcomes.get(found[1], "success") == found[3]) == (found[2] == "==")
    return is_due
