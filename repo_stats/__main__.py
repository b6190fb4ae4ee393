"""Lets `python -m repo_stats` do what `repo-stats` does."""

from repo_stats.cli.commands import main

main(prog_name="repo-stats")
