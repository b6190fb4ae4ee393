"""Which warehouse and API a run belongs to, in tags that each of its steps compares with its own.

A step on another machine reads that machine's environment, not the one of the run. Without this, a
machine that is set up otherwise would write elsewhere, and the run would succeed.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from repo_stats.config.settings import PROPERTIES, Settings
from repo_stats.defs.failing import StepError

WAREHOUSE_TAG = "repo_stats/warehouse"

API_TAG = "repo_stats/api"

_TAGS = {"warehouse": WAREHOUSE_TAG, "api_url": API_TAG}
"""The tag of each setting that all processes of a run share. The settings refuse addresses with
credentials in them, so the tags hold no secret."""

_CONFIGURED = {"warehouse": ("warehouse", "root"), "api_url": ("github", "api_url")}
"""The resource and the field with which a run's configuration replaces each setting. Steps on other
machines read the configuration as well."""


def origin_tags(settings: Settings, run_config: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a run, without those of settings that its own configuration replaces.

    Args:
        settings: of the process that carries out the run.
        run_config: the run's configuration.
    """
    return {
        tag: str(getattr(settings, setting))
        for setting, tag in _TAGS.items()
        if not _is_configured(setting, run_config)
    }


def _is_configured(setting: str, run_config: Mapping[str, Any]) -> bool:
    resource, field = _CONFIGURED[setting]
    configured = run_config.get("resources", {}).get(resource, {})
    return field in configured.get("config", {})


class ResourceOfRun(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A resource that knows which run the step belongs to."""

    _run_tags: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Note the tags of the run."""
        self._run_tags = context.run.tags if context.run else {}

    def require_origin(self, setting: str, own: str) -> None:
        """See the function of the same name."""
        require_origin(self._run_tags, setting, own)


def require_origin(tags: Mapping[str, str], setting: str, own: str) -> None:
    """Check that this process has the same setting as the run.

    Args:
        tags: of the run.
        setting: `warehouse` or `api_url`.
        own: the setting of this process.

    Raises:
        StepError: it has another one.
    """
    expected = tags.get(_TAGS[setting], own)
    if expected.rstrip("/") != own.rstrip("/"):
        variable = PROPERTIES[setting]["variable"]
        raise StepError(
            f"{variable} is {own} where this step runs, but {expected} where its run does; set it "
            "to the same on all machines, and start the run anew."
        )
