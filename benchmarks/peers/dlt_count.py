"""Prints how many distinct issues the pipeline of `dlt_issues.py` stored."""

import duckdb

with duckdb.connect("issues.duckdb", read_only=True) as connection:
    [count] = connection.execute("select count(distinct id) from github.issues").fetchone()
print(count)
