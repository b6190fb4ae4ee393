"""The command line: `python -m mutation repo_stats/metrics/trends.py`."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from mutation.known import KNOWN, read_known
from mutation.mutants import Mutant, make_mutants
from mutation.results import describe, to_json
from mutation.selection import SelectionError, find_modules, find_tests
from mutation.session import Session

BUILD = Path("build", "mutants")


@click.command()
@click.argument("module", type=click.Path(path_type=Path))
@click.option(
    "--tests",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Further tests. Those in the folder of the same name are always tried.",
)
@click.option(
    "--only",
    type=click.Path(path_type=Path),
    multiple=True,
    help="These tests, without those in the folder of the same name.",
)
@click.option("--function", help="Only mutants of this function, named as in the output.")
@click.option(
    "--longest",
    default=5.0,
    show_default=True,
    help="Leave out slower tests. Seconds of a processor.",
)
@click.option("--most", default=30.0, show_default=True, help="Seconds of tests for each mutant.")
@click.option("--at-once", default=os.cpu_count() or 1, show_default=True, help="Processes.")
def main(
    module: Path,
    tests: tuple[Path, ...],
    only: tuple[Path, ...],
    function: str | None,
    longest: float,
    most: float,
    at_once: int,
) -> None:
    """Try small changes of MODULE, a file or a folder, and show those that no test notices."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    try:
        modules, asked_for = find_modules(module), find_tests(module, tests, only)
        made = [mutant for path in modules for mutant in make_mutants(path)]
        mutants = [mutant for mutant in made if function in (None, mutant.place.function)]
        BUILD.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD, ignore_cleanup_errors=True) as folder:
            session = Session(
                mutants, asked_for, longest, most, at_once, Path(folder).resolve(), _tell
            )
            finished = session.run()
    except SelectionError as error:
        raise click.ClickException(str(error)) from error
    _show(session, made, BUILD / f"{'.'.join(module.with_suffix('').parts)}.json")
    _tell(f"It took {time.monotonic() - started:.0f} seconds.")
    if not finished:
        _tell("It was interrupted: other mutants were not tried.")
        sys.exit(130)


def _show(session: Session, made: Sequence[Mutant], path: Path) -> None:
    known = read_known(KNOWN)
    for line in describe(session.results, known, made):
        click.echo(line)
    path.write_text(to_json(session.results), encoding="utf-8")
    _tell(f"All mutants are in {path}.")
    if session.left_out:
        slowest = max(session.left_out, key=lambda test: test.seconds)
        _tell(
            f"{len(session.left_out)} tests were left out: they were skipped, failed, or took too "
            f"long (the slowest {slowest.seconds:.0f} seconds: {slowest.test})."
        )


def _tell(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
