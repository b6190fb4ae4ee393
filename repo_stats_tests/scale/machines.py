"""Machines in place of containers: processes that share the network with this one, and no file.

Each has namespaces of its own: https://man7.org/linux/man-pages/man1/unshare.1.html. There all
files are read-only but those of its home, which is empty at first, and which nobody else sees. The
first process is number 1, as it is in a container, and all others end with it.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import pytest
from dagster._core.launcher import LaunchRunContext, RunLauncher
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass
from dagster._serdes.config_class import ConfigurableClassData

_UNSHARE = (
    *("unshare", "--map-root-user", "--mount"),
    *("--pid", "--fork", "--kill-child", "--mount-proc"),
)

_SET_UP = """
mount -o remount,bind,ro /
mount -t tmpfs memory /dev/shm
mkdir -p "$HOME"
mount -t tmpfs machine "$HOME"
printf %s "$DAGSTER_YAML" > "$HOME/dagster.yaml"
cd "$HOME"
exec "$@"
"""

LAUNCHER = f"""
run_launcher:
  module: {__name__}
  class: MachineLauncher
"""
"""The part of `dagster.yaml` by which each run is on a machine of its own."""


def on_machine(command: Sequence[str]) -> list[str]:
    """What carries out a command on a new machine. It needs the variables of `variables_for`."""
    return [*_UNSHARE, "sh", "-ec", _SET_UP, "sh", *command]


def variables_for(home: str, dagster_yaml: str) -> dict[str, str]:
    """The variables of machines.

    Args:
        home: the folder in whose place each machine has its home, with a short path: sockets are
            in it.
        dagster_yaml: the content of that file, which is in each home.
    """
    homes = dict.fromkeys(("HOME", "TMPDIR", "DAGSTER_HOME"), home)
    return {**homes, "DAGSTER_YAML": dagster_yaml}


def require_machines() -> None:
    """Skip the test where there may be no machines, as in most containers."""
    with suppress(FileNotFoundError):
        made = [*_UNSHARE, "mount", "-o", "remount,bind,ro", "/"]
        if subprocess.run(made, check=False, capture_output=True).returncode == 0:
            return
    pytest.skip("needs namespaces (Linux: a user who may `unshare --map-root-user --mount`)")


class MachineLauncher(RunLauncher[Any], ConfigurableClass):
    """Starts each run on a new machine, as `DockerRunLauncher` starts it in a container.

    Its requests name it.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        cast(Any, super()).__init__()
        self._inst_data = inst_data

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """Where the class is, for the processes that load the instance again."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """There is nothing to configure."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "MachineLauncher":
        """The launcher that `dagster.yaml` names."""
        return cls(inst_data, **config_value)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start a run."""
        run_id = context.dagster_run.run_id
        arguments = ExecuteRunArgs(
            job_origin=cast(Any, context.job_code_origin),
            run_id=run_id,
            instance_ref=self._instance.get_ref(),
        )
        subprocess.Popen(
            on_machine(arguments.get_command_args()),
            env={**os.environ, "REPO_STATS_USER_AGENT": run_id},
        )

    def terminate(self, run_id: str) -> bool:
        """End a run; none is ended here but with the daemon's machine, on which its machine is."""
        raise NotImplementedError(run_id)
