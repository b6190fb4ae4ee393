"""What a fork server imports that begins as a new interpreter; a forked one has it already."""

import sys

from repo_stats.defs.fork_server_process import become_fork_server

if any("multiprocessing.forkserver" in argument for argument in sys.orig_argv):
    become_fork_server()
