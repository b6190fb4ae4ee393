"""The reference of all settings: the variables with their descriptions and defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from repo_stats.config.alerting import ALERTING_VARIABLES
from repo_stats.config.credentials import CREDENTIAL_VARIABLES
from repo_stats.config.fields import DEFAULT_REPO
from repo_stats.config.settings import DEFAULT_WATCHLIST, PROPERTIES, WATCHLIST_VARIABLES


@dataclass(frozen=True)
class SettingReference:
    """What a reader has to know about a setting.

    Attributes:
        variable: its environment variable.
        description: what it means, in Markdown.
        default: its default in Markdown; empty if it has none.
    """

    variable: str
    description: str
    default: str


def list_settings() -> list[SettingReference]:
    """List every setting, those of one subject next to each other."""
    followers = {
        "repos": _describe(
            WATCHLIST_VARIABLES,
            f"`{DEFAULT_WATCHLIST}` in the working directory, otherwise `{DEFAULT_REPO}` alone",
        ),
        "keep_runs": _describe(ALERTING_VARIABLES),
        "api_url": _describe(CREDENTIAL_VARIABLES),
    }
    settings: list[SettingReference] = []
    for name, field in PROPERTIES.items():
        settings += [_describe_field(field), *followers.get(name, [])]
    return settings


def _describe(descriptions: Mapping[str, str], default: str = "") -> list[SettingReference]:
    return [
        SettingReference(variable, description, default)
        for variable, description in descriptions.items()
    ]


def _describe_field(field: Mapping[str, Any]) -> SettingReference:
    default = field.get("shown_default", str(field["default"]))
    return SettingReference(field["variable"], field["description"], default)
