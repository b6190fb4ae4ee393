"""Exact, cheap and explainable statistics of GitHub repositories, as Dagster assets."""

__version__ = "0.1.0"
USER_AGENT = f"repo_stats/{__version__}"
"""What requests introduce themselves as, unless a setting says otherwise."""
