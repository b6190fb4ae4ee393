"""The command line: runs the chosen cases and prints the tables."""

import subprocess
import sys

import click
import httpx

from benchmarks.cases import CASES
from benchmarks.notices import notice
from benchmarks.table import Result, format_findings, format_lines


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--case", "names", multiple=True, type=click.Choice([*CASES]), help="Run only this case."
)
@click.option(
    "--runs", default=5, type=click.IntRange(1), show_default=True, help="Runs of each command."
)
@click.option("--profile", is_flag=True, help="Show where the time of a refresh goes instead.")
def main(names: tuple[str, ...], runs: int, profile: bool) -> None:
    """Measure whole commands against a simulated GitHub, and print medians.

    Needs Linux. On first use, the peers are installed from the package index into
    benchmarks/.venvs. A peer that cannot be installed or does not run is left out with a notice.
    """
    if profile:
        from benchmarks.profiling import format_profile

        click.echo(format_profile())
        return
    results = [_run(name, runs) for name in names or CASES]
    lines = [line for result in results for line in result.lines]
    findings = [finding for result in results for finding in result.findings]
    click.echo(f"Medians of {runs} runs each.\n\n{format_lines(lines)}\n")
    click.echo(format_findings(findings))


def _run(name: str, runs: int) -> Result:
    notice(f"== {name}")
    try:
        return CASES[name](runs)
    except (RuntimeError, OSError, httpx.HTTPError, subprocess.SubprocessError) as error:
        notice(f"{name} is left out. {error}")
        return Result()


if __name__ == "__main__":
    sys.exit(main(prog_name="python -m benchmarks"))
