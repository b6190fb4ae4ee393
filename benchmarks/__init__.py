"""Benchmarks of repo_stats against what people use today, and against Dagster itself.

Everything here stands outside the package and is not installed with it. Each case starts a
simulated GitHub in a process of its own, runs whole commands against it in turns, and measures them
from outside; see `README.md` in this folder.
"""
