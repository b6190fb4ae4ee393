"""Stars by the day on which they were given: what GitHub tells of them, and how it is read."""
