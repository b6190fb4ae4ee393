"""Object storage: what a warehouse needs of it, and how each kind of storage is asked for it."""
