"""The sensors: they start refreshes by themselves, and report runs that fail and recover."""
