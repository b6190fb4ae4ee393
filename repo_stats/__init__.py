"""Exact, cheap and explainable statistics of GitHub repositories, as Dagster assets."""

__version__ = "0.1.0"
