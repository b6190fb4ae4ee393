"""The command `repo-stats`, whose waits take no time, and whose steps are tried again only once.

The fork server imports this module as well, so that its steps are as hasty.
"""

import asyncio

import dagster as dg

from repo_stats.defs import failing, fork_server
from repo_stats.defs.resources import GitHubResource


async def _let_others_run(self: GitHubResource, seconds: float) -> None:
    await asyncio.sleep(0)


failing.MAX_RETRIES = 1
failing.RETRY_POLICY = dg.RetryPolicy(max_retries=failing.MAX_RETRIES)
fork_server.PRELOAD_MODULE = __name__
GitHubResource.sleep = _let_others_run  # type: ignore[method-assign]

# These take the policy as it is now. The last one resolves the jobs and watches the processes.
from repo_stats.cli.commands import main  # noqa: E402
from repo_stats.defs import fork_server_preload  # noqa: E402

__all__ = ["fork_server_preload", "main"]
