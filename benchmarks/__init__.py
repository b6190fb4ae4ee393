"""Benchmarks of repo_stats against the tools that people use today, and against Dagster itself.

They are not part of the package and not installed with it. Each case starts a simulated GitHub in a
process of its own, runs whole commands against it in turns, and measures them from outside; see
`README.md` in this folder.
"""
