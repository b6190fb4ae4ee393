"""Reloading the definitions without a hand, when what is watched has changed.

Partitions are fixed when definitions are loaded. `dagster dev`, and a deployment in which webserver
and daemon share a `dagster code-server`, load them anew when that server is asked to. A daemon that
loads them itself does so every minute in any case.
"""

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin


def reload_definitions(context: dg.SensorEvaluationContext) -> bool:
    """Have the code server load the definitions anew, and wait until it has.

    The sensor's own process belongs to the old definitions. It ends when its tick has ended.

    Args:
        context: of the sensor.

    Returns:
        Whether there is a code server that can do it.
    """
    origin = context.code_location_origin
    if not isinstance(origin, GrpcServerCodeLocationOrigin):
        return False
    try:
        origin.create_client().reload_code(timeout=context.instance.code_server_reload_timeout)
    except DagsterUserCodeUnreachableError as error:
        context.log.debug(str(error))
        return False
    return True
