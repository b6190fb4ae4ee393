"""Makes `python -m repo_stats` the same as the command `repo-stats`."""

from repo_stats.cli.commands import main

main(prog_name="repo-stats")
