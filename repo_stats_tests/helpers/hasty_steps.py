"""The command `repo-stats`, whose steps are tried again at once and only once.

Run it as a program. The fork server imports it as well, so that its steps are as hasty.
"""

import dagster as dg

from repo_stats.defs import executor
from repo_stats.defs.steps import failures

failures.MAX_RETRIES = 1
failures.RETRY_POLICY = dg.RetryPolicy(max_retries=failures.MAX_RETRIES)
executor.PRELOAD_MODULE = "repo_stats_tests.helpers.hasty_steps"

from repo_stats import definitions  # noqa: E402, F401 - takes the policy as it is now
from repo_stats.cli.commands import main  # noqa: E402

if __name__ == "__main__":
    main(prog_name="repo-stats")
