"""Changes the code in small ways, one at a time, and tells which changes no test notices.

`python -m mutation repo_stats/metrics/trends.py`, or `make mutants MODULE=...`. What it does is in
`docs/testing.md`. Nothing of it is written into the code: each change lives in the memory of one
process.
"""
