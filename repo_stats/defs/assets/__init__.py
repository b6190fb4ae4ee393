"""The assets, one file each: which inputs, which core function, what the UI shows of it."""
