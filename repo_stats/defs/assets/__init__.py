"""The assets, one file each: its inputs, the function that computes it, and what the UI shows."""
