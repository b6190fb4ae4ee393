"""The GitHub REST API: requests, responses and lists of issues. No Dagster, no storage."""
