"""Who carries out the steps of a run, and what each of them needs."""

from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Field

from repo_stats.config.errors import SettingsError, quote

ExecutorName: TypeAlias = Literal["multiprocess", "in_process", "celery", "k8s"]

Executor = Annotated[
    ExecutorName,
    Field(
        default="multiprocess",
        description=(
            "How the steps of a run are carried out: each in a process of its own "
            "(`multiprocess`), one after the other in the process of the run (`in_process`), by "
            "Celery's workers (`celery`), or each in a pod of Kubernetes (`k8s`). The last two "
            "need a warehouse in object storage: see "
            "[Steps on other machines](operations.md#steps-on-other-machines)."
        ),
        json_schema_extra={"variable": "REPO_STATS_EXECUTOR", "shown_default": "`multiprocess`"},
    ),
]

REMOTE_EXECUTORS = ("celery", "k8s")
"""The executors whose steps may run on other machines than their run."""


def parse_executor(name: str, allowed: list[Any], warehouse: str) -> ExecutorName:
    """Read the name of an executor.

    Args:
        name: the name.
        allowed: all names.
        warehouse: absolute path or URL of the warehouse, which each step has to reach.

    Raises:
        SettingsError: it is unknown, or its steps could not reach the warehouse.
    """
    if name not in allowed:
        *names, last = allowed
        raise SettingsError(
            f"REPO_STATS_EXECUTOR is {quote(name)}; write {', '.join(names)} or {last}."
        )
    is_local = "://" not in warehouse or warehouse.startswith("file://")
    if name in REMOTE_EXECUTORS and is_local:
        raise SettingsError(
            f"REPO_STATS_EXECUTOR is {name}, whose steps run on other machines, but "
            f"REPO_STATS_WAREHOUSE is {quote(warehouse)}, which only this one has; set it to a "
            "bucket, such as s3://BUCKET/stats."
        )
    return cast("ExecutorName", name)
