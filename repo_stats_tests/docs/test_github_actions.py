"""The workflow for repositories without a server, carried out against a simulated GitHub."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from repo_stats import __version__
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.chart_scripts import store_chart_script
from repo_stats_tests.helpers.commands import Serve
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.helpers.preloaded_shell import installed_command
from repo_stats_tests.helpers.workflows import JobRun, run_job

PATH = "examples/github-actions/repo-stats.yml"
WORKFLOW: Mapping[str, Any] = yaml.safe_load((ROOT / PATH).read_text(encoding="utf-8"))
JOB = WORKFLOW["jobs"]["refresh"]
INSTALL, RESTORE, REFRESH, REPORT, STORE, UPLOAD = [
    step["name"] for step in JOB["steps"] if "name" in step
]
PAGE = (ROOT / "docs" / "github-actions.md").read_text(encoding="utf-8")
GONE = "::error title=repo-stats::acme/gone could not be read: GitHub knows no repository acme/gone"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@dataclass
class Actions:
    """A repository on GitHub that has the workflow, and what its runs leave."""

    folder: Path
    variables: dict[str, str]
    runs: int = 0

    def push(self, *names: str) -> None:
        """Push a watchlist."""
        source = self.folder / "source"
        text = "".join(f"  - {name}\n" for name in names)
        (source / "watchlist.yaml").write_text(f"repos:\n{text}", encoding="utf-8")
        git(source, "add", "--all")
        git(source, "commit", "--quiet", "--message", "Watch others")
        git(source, "push", "--quiet", "origin", "HEAD:main")

    def checkout(self) -> Path:
        """What a new machine has before the first shell step."""
        self.runs += 1
        folder = self.folder / f"run-{self.runs}"
        (self.folder / f"temp-{self.runs}").mkdir()
        git(self.folder, "clone", "--quiet", "--depth", "1", "file://" + self.origin, str(folder))
        return folder

    def run(self, checkout: Path | None = None, *steps: str) -> JobRun:
        """Carry out the job, or some of its steps, on a new machine."""
        folder = checkout or self.checkout()
        job = {"steps": [s for s in JOB["steps"] if not steps or s.get("name") in steps]}
        temporary = str(self.folder / f"temp-{self.runs}")
        return run_job(job, folder, {**self.variables, "RUNNER_TEMP": temporary}, INSTALL)

    @property
    def origin(self) -> str:
        return str(self.folder / "origin")

    def stored(self) -> list[str]:
        """The files in the branch of the warehouse."""
        return git(self.folder / "origin", "ls-tree", "-r", "--name-only", self.branch).split()

    @property
    def branch(self) -> str:
        return str(WORKFLOW["env"]["BRANCH"])


@pytest.fixture
def actions(tmp_path: Path) -> Iterator[Actions]:
    """A repository with a watchlist of one repository."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("origin", "source"):
        (tmp_path / name).mkdir()
        bare = ["--bare"] if name == "origin" else []
        git(tmp_path / name, "init", "--quiet", "--initial-branch", "main", *bare)
    git(tmp_path / "source", "remote", "add", "origin", str(tmp_path / "origin"))
    variables = {
        **WORKFLOW["env"],
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "secrets.REPO_STATS_TOKEN || github.token": "simulated",
    }
    actions = Actions(tmp_path, variables)
    actions.push("acme/rocket")
    with installed_command(commands / "repo-stats", "-m", "repo_stats"):
        yield actions


def test_a_repository_that_cannot_be_read_fails_a_run_after_all_else_and_the_next_one_goes_on_there(
    actions: Actions, serve: Serve
) -> None:
    simulator = Simulator(World.of([generate_repository(Shape("acme/rocket", 6, 3))]))
    url = serve(simulator)
    actions.variables |= {"REPO_STATS_API_URL": url, "REPO_STATS_MAX_AGE": "0"}
    actions.push("acme/rocket", "acme/gone")
    checkout = actions.checkout()
    store_chart_script(checkout / "warehouse")
    first = actions.run(checkout)
    assert first.outcomes.pop(REFRESH) == "failure", first.output
    assert set(first.outcomes.values()) == {"success"}, first.output
    assert first.output.count(GONE) == 1
    stored = {"repo_history/acme/rocket.parquet", "report/index.html", "report/acme/rocket.html"}
    assert stored <= {*actions.stored()}

    actions.push("acme/rocket")
    simulator.log.clear()
    second = actions.run(actions.checkout(), RESTORE, REFRESH, STORE)
    assert set(second.outcomes.values()) == {"success"}, second.output
    assert "The files of 1 repository are known again." in second.output
    assert [request.target for request in simulator.log] == ["/graphql"]  # all is as it was
    assert stored <= {*actions.stored()}
    assert git(actions.folder / "origin", "rev-list", "--count", actions.branch) == "1\n"


def test_a_branch_that_cannot_be_asked_for_ends_the_job_before_anything_replaces_it(
    actions: Actions,
) -> None:
    checkout = actions.checkout()
    git(checkout, "remote", "set-url", "origin", str(actions.folder / "nowhere"))
    outcomes = actions.run(checkout).outcomes
    assert outcomes[RESTORE] == "failure"
    assert {outcomes[name] for name in (REFRESH, REPORT, STORE, UPLOAD)} == {"skipped"}


@pytest.mark.parametrize("is_first", [True, False])
def test_what_another_run_has_stored_meanwhile_is_not_replaced(
    actions: Actions, is_first: bool
) -> None:
    checkouts = [actions.checkout(), actions.checkout()]
    for name, checkout in zip("ab", checkouts, strict=True):
        (checkout / "warehouse").mkdir()
        (checkout / "warehouse" / name).write_text(name, encoding="utf-8")
        if not is_first:
            git(
                checkout,
                "push",
                "--quiet",
                "--force",
                "origin",
                f"HEAD:refs/heads/{actions.branch}",
            )
            git(checkout, "update-ref", "refs/restored", "HEAD")
    done = [actions.run(checkout, STORE).outcomes[STORE] for checkout in checkouts]
    assert done == ["success", "failure"]
    assert actions.stored() == ["a"]


def test_the_workflow_installs_this_release_with_the_least_permissions() -> None:
    assert WORKFLOW["env"]["RELEASE"] == f"repo-stats=={__version__}"
    assert WORKFLOW["permissions"] == {}
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is False
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == {
        "refresh": {"contents": "write", "issues": "read", "pull-requests": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }
    assert [job["timeout-minutes"] for job in WORKFLOW["jobs"].values()] == [60, 10]


def test_repositories_whose_names_begin_with_a_dot_are_published_and_stored() -> None:
    [upload] = [step for step in JOB["steps"] if step.get("name") == UPLOAD]
    assert upload["with"] == {"path": "warehouse/report", "include-hidden-files": True}
    assert "`include-hidden-files: true`" in PAGE


def test_the_page_names_what_the_workflow_has() -> None:
    assert PATH in PAGE
    named = re.findall(r"`(repo-stats-\w+|REPO_STATS_TOKEN|RELEASE)`", PAGE)
    assert {*named} == {WORKFLOW["env"]["BRANCH"], "REPO_STATS_TOKEN", "RELEASE"}
    text = (ROOT / PATH).read_text(encoding="utf-8")
    assert [name for name in named if name not in text] == []


def test_make_lint_checks_all_workflows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(BIN)/actionlint .github/workflows/*.yml examples/github-actions/*.yml" in makefile
