"""The flows and pipelines of the peers, each run as a script in an environment of its own."""
