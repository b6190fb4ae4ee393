"""The flows and pipelines of the peers; each runs as a script in its own environment."""
