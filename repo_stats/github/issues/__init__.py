"""Lists of issues: pages, exact snapshots of what is open, and the sync of all items."""
