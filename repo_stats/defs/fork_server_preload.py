"""What the fork server prepares once, so that no step has to: see `repo_stats.defs.executor`.

It imports our definitions and the modules that every step would import later, loads the
certificates, and resolves the jobs. A module that another version of a library does not have is
skipped; that only costs time. No instance, socket or thread may exist before the fork.
"""

from contextlib import suppress
from importlib import import_module

from repo_stats.definitions import defs
from repo_stats.network.certificates import load_certificates
from repo_stats.network.errors import NetworkSettingsError

LAZY_MODULES = (
    # the command that started the run: multiprocessing imports it again in each child
    "dagster._cli",
    # the instance and its default storages
    "dagster._core.instance.factory",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "sqlalchemy.dialects.sqlite",
    # the execution of a step
    "dagster._core.definitions.repository_definition.repository_data_builder",
    "dagster._core.system_config.composite_descent",
    "dagster._core.utility_ops",
    "dagster._utils.hosted_user_process",
    "multiprocessing.queues",
    "upath.implementations.local",
    # our own requests and tables
    "anyio._backends._asyncio",
    "httpcore",
    "pandas.core.methods.to_dict",
    "pyarrow.pandas_compat",
    "pyarrow.vendored.version",
)


for name in LAZY_MODULES:
    with suppress(ImportError):
        import_module(name)


# A wrong SSL_CERT_FILE fails the step that asks GitHub, not the fork server.
with suppress(NetworkSettingsError):
    load_certificates()


for job in defs.jobs or ():
    defs.resolve_job_def(job.name)
