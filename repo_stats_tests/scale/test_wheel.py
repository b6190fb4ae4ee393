"""The built wheel has all that the package needs, and its commands work outside of the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from repo_stats import __version__
from repo_stats_tests.helpers.paths import ROOT

pytestmark = pytest.mark.timeout(
    300
)  # a demo takes ten seconds of a processor, and these may be busy

SOURCES = ("pyproject.toml", "setup.cfg", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources: building leaves folders beside them."""
    sources = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        shutil.copy(ROOT / name, sources)
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "repo_stats", sources / "repo_stats", ignore=left_out)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(sources)]
    subprocess.run([*command, "--wheel-dir", str(sources / "dist")], check=True)
    [built] = (sources / "dist").iterdir()
    return built


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    files = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "repo_stats").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert len(files) > 300
    assert packed == files


def test_the_demo_runs_from_the_wheel_outside_of_the_checkout(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", str(wheel)], check=True)
    # What it depends on is taken from here. This checkout is not: its own `.pth` file is not read.
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    outside = tmp_path / "outside"
    outside.mkdir()
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DAGSTER_HOME")}

    def run(*command: str) -> str:
        return subprocess.run(
            command, cwd=outside, env=variables, capture_output=True, text=True, check=True
        ).stdout

    place = "import repo_stats; print(repo_stats.__version__, repo_stats.__file__)"
    version, _, file = run(str(python), "-c", place).strip().partition(" ")
    assert version == __version__
    assert Path(file).is_relative_to(packages)
    shown = run(str(environment / "bin" / "repo-stats"), "demo")
    assert "PrefectHQ/prefect repository statistics" in shown
    assert (outside / "simulated" / "report" / "index.html").exists()
