"""Lets Dagster find out once which settings a class of resources has, and not for each object.

A run in the process of a test makes each resource several times.
"""

from functools import cache
from typing import Any

from dagster._config.pythonic_config import resource

_module: Any = resource

_infer = _module.infer_schema_from_config_class


def infer_schemas_once() -> None:
    """From now on, keep the schema of each class."""
    _module.infer_schema_from_config_class = _find_or_infer


def _find_or_infer(model: Any, *, fields_to_omit: set[str] | None = None, **others: Any) -> Any:
    if others:
        return _infer(model, fields_to_omit=fields_to_omit, **others)
    return _infer_once(model, frozenset(fields_to_omit or ()))


@cache
def _infer_once(model: Any, omitted: frozenset[str]) -> Any:
    return _infer(model, fields_to_omit={*omitted})
