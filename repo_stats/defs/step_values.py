"""The small values that steps pass on to later steps of a run, as JSON files.

They are JSON, because whoever can write where they lie must not be able to run code here. A remote
warehouse has them too, so that the steps may run on any machine. A local one has none: they lie
below DAGSTER_HOME, and go with the run's other files.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from repo_stats.defs.failing import StepError
from repo_stats.defs.origins import require_origin
from repo_stats.json_codec import from_json, require_json, to_json
from repo_stats.warehouse.files import Files, WarehouseError

STEP_VALUES = "step_values"
"""The key of the IO manager, and the folder of a remote warehouse."""

_REMEDY = "start the run anew from its first step"


class StepValues(dg.ConfigurableIOManager):
    """Stores what a step passes on, of a type that JSON can hold, until the run has ended."""

    root: str = Field(description="Absolute path or fsspec URL of the warehouse.")

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Write a value."""
        try:
            files, path = self._locate(context.step_context, context)
            files.write(path, to_json(obj))
        except WarehouseError as error:
            raise StepError(str(error)) from None

    def load_input(self, context: dg.InputContext) -> object:
        """Read a value that an earlier step passed on."""
        upstream: Any = context.upstream_output
        kind: type[object] = upstream.dagster_type.typing_type
        try:
            files, path = self._locate(context.step_context, upstream)
            content = files.read(path)
        except WarehouseError as error:
            raise StepError(str(error)) from None
        passed = f"{files.uri(path)}, which the step {upstream.step_key} passed on,"
        if content is None:
            raise StepError(f"{passed} is gone; {_REMEDY}.")
        try:
            return from_json(kind, content)
        except ValueError:
            raise StepError(
                f"{passed} is damaged, or of another version of repo_stats; {_REMEDY}."
            ) from None

    def _locate(self, step: Any, output: dg.OutputContext) -> tuple[Files, str]:
        """Where the value of an output is, for a step that writes or reads it.

        The output's run is that of the step, or the one that this repeats.
        """
        require_origin(step.dagster_run.tags, "warehouse", self.root)
        run_id, *names = output.get_identifier()
        files = Files(self.root)
        if files.is_local:
            return Files(step.instance.storage_directory()), "/".join((run_id, *names))
        return files, "/".join((folder_of_run(step.instance, run_id), *names))


def folder_of_run(instance: dg.DagsterInstance, run_id: str) -> str:
    """The folder of a run's values in a remote warehouse: below the day on which it was made.

    The day tells when the values of a run that died may go, whoever started it.

    Raises:
        StepError: the run was deleted.
    """
    record = instance.get_run_record_by_id(run_id)
    if record is None:
        raise StepError(f"The run {run_id} is not in Dagster's history any more; {_REMEDY}.")
    return f"{STEP_VALUES}/{record.create_timestamp.date().isoformat()}/{run_id}"


def list_values(files: Files) -> list[str]:
    """The values in a remote warehouse: the day, the run, the step and the output of each.

    Raises:
        WarehouseError: they cannot be listed.
    """
    return list(files.stamps_below(STEP_VALUES))


def remove_values(files: Files, folder: str | None, keep: timedelta, now: datetime) -> None:
    """Remove values that no step needs any more, after one listing of all of them.

    Args:
        files: the remote warehouse.
        folder: of a run that succeeded, if there is one.
        keep: for how long the values of runs are kept that did not succeed.
        now: the current time (UTC).

    Raises:
        WarehouseError: they cannot be listed or removed.
    """
    first_day = (now - keep).date().isoformat()
    for name in list_values(files):
        path = f"{STEP_VALUES}/{name}"
        is_of_run = folder is not None and path.startswith(f"{folder}/")
        if is_of_run or name < first_day:
            files.delete(path)


def require_known_types(assets: Iterable[dg.AssetsDefinition]) -> None:
    """Check that JSON can hold all that the steps of assets pass on.

    Raises:
        TypeError: a step passes on something else.
    """
    for asset in assets:
        for op in asset.node_def.iterate_op_defs():
            for output in op.output_defs:
                if output.io_manager_key == STEP_VALUES:
                    _require_known(op.name, output.dagster_type.typing_type)


def _require_known(step: str, kind: Any) -> None:
    try:
        require_json(kind)
    except TypeError as error:
        raise TypeError(f"The step {step} cannot pass on what it returns. {error}") from None
