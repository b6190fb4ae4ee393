"""The project's own files: what they name exists, and they agree with one another."""

import configparser
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from repo_stats_tests.helpers.paths import ROOT

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def read_setup() -> configparser.ConfigParser:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


def read_yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def read_constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


PYTHONS = re.findall(r"Python :: (3\.\d+)", read_setup()["metadata"]["classifiers"])


def test_every_dependency_is_pinned_to_a_version_that_it_may_have() -> None:
    setup = read_setup()
    names = [
        *setup["options"]["install_requires"].split(),
        *setup["options.extras_require"]["dev"].split(),
    ]
    pins = {canonicalize_name(pin.name): pin for pin in read_constraints()}
    dependencies = list(map(Requirement, names))
    assert {"dagster", "httpx", "pytest"} <= {dependency.name for dependency in dependencies}
    for dependency in dependencies:
        [version] = pins[canonicalize_name(dependency.name)].specifier
        assert version.operator == "=="
        assert dependency.specifier.contains(version.version), dependency


def test_constraints_name_packages_of_the_index_alone() -> None:
    assert [str(pin) for pin in read_constraints() if pin.url or pin.extras] == []


def test_make_constraints_prints_what_is_installed() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "constraints.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pins = [Requirement(line) for line in printed.splitlines() if not line.startswith("#")]
    names = {pin.name for pin in pins}
    assert {"dagster", "pytest"} <= names
    assert not names & {"pip", "repo-stats"}
    markers = {str(pin.marker) for pin in pins if pin.marker}
    assert all(re.fullmatch(r'python_version [<>]= "3\.1\d"', marker) for marker in markers)


def test_the_workflow_runs_the_two_commands_on_every_python() -> None:
    [job] = read_yaml(".github/workflows/test.yml")["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == PYTHONS
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands[-2:] == ["make test", "make demo"]


def test_all_cases_of_all_tests_are_tried_every_night() -> None:
    workflow = read_yaml(".github/workflows/nightly.yml")
    [job] = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step][-1] == "make test-long"
    assert '-m "" --timeout 1800' in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_hooks_call_targets_of_the_makefile() -> None:
    [repository] = read_yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    commands = [hook["entry"].split() for hook in repository["hooks"]]
    assert {command[0] for command in commands} == {"make"}
    assert {"lint", "types", "docs", "test"} <= {command[1] for command in commands} <= TARGETS


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert read_setup()["metadata"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_every_path_and_target_in_a_page_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= TARGETS
    paths = re.findall(r"`((?:repo_stats|repo_stats_tests|benchmarks|docs)/[\w./]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
