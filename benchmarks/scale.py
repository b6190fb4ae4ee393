"""The command that simulates large watchlists: `python -m benchmarks.scale`."""

import sys
from pathlib import Path

import click

from benchmarks.scaling.demand import Arrangement
from benchmarks.scaling.page import draw, format_outcomes
from benchmarks.scaling.simulation import simulate, size


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--repos", type=click.IntRange(1), help="Repositories of the watchlist.")
@click.option("--deployments", type=click.IntRange(1), help="Deployments that share them.")
@click.option("--tokens", default=1, type=click.IntRange(1), help="Tokens of each, 1 by default.")
@click.option(
    "--processors", default=1, type=click.IntRange(1), help="Processors of each, 1 by default."
)
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Write the picture of the docs here."
)
def main(
    repos: int | None, deployments: int | None, tokens: int, processors: int, picture: Path | None
) -> None:
    """Simulate two weeks of a large watchlist, and print what comes of it.

    Without --deployments, the smallest arrangement is shown that looks at each repository every
    hour. docs/scale.md says what is assumed. Nothing is sent anywhere.
    """
    if picture:
        draw(picture)
    if repos:
        asked = Arrangement(repos, deployments or 1, tokens, processors)
        outcome = simulate(asked if deployments else size(repos))
        click.echo(format_outcomes([outcome], first="arrangement"))
        click.echo(f"\n{outcome.bends} bends first.")


if __name__ == "__main__":
    sys.exit(main(prog_name="python -m benchmarks.scale"))
