"""The sensors: they start refreshes on their own, and report runs that fail and recover."""
