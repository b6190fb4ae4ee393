"""Makes `python -m repo_stats` the same as the command `repo-stats`."""

from repo_stats.cli.door import run

if __name__ == "__main__":
    run()
