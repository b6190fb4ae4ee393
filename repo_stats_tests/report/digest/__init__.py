"""Tests of `repo_stats.report.digest`."""
