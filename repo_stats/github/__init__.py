"""The GitHub REST API: requests, answers, pages of a list. No Dagster, no storage."""
