"""What Dagster remembers of runs: what of it is kept, and how the rest is removed."""
