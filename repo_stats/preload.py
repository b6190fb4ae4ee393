"""What the fork server imports once, so that no step has to: see `repo_stats.executor`.

Imports only: no instance, socket or thread may exist before the fork. Beside our own definitions
these are the modules that Dagster imports lazily in every step.
"""

import repo_stats.definitions  # noqa: F401
