"""The command `repo-stats`."""
