"""The reference of settings: every variable, with a description and its default."""

import importlib
import os
import sys
from typing import get_args

import pytest

from repo_stats import config
from repo_stats.config import fields
from repo_stats.config.reference import SettingReference, list_settings
from repo_stats.config.settings import Settings, load_settings
from repo_stats.defs.resources import GitHubResource


def test_every_variable_is_listed_once_in_the_order_of_its_subject() -> None:
    assert [setting.variable for setting in list_settings()] == [
        "REPO_STATS_REPOS",
        "REPO_STATS_WATCHLIST",
        "REPO_STATS_HISTORY",
        "REPO_STATS_TRAFFIC",
        "REPO_STATS_DOWNLOADS",
        "REPO_STATS_BOTS",
        "REPO_STATS_MIN_REFRESH",
        "REPO_STATS_REPOS_PER_RUN",
        "REPO_STATS_RUNS_AT_ONCE",
        "REPO_STATS_KEEP_RUNS",
        "REPO_STATS_WEBHOOK_URL",
        "REPO_STATS_UI_URL",
        "REPO_STATS_API_URL",
        "GITHUB_TOKEN",
        "GITHUB_TOKENS",
        "REPO_STATS_APP_ID",
        "REPO_STATS_APP_INSTALLATION_ID",
        "REPO_STATS_APP_PRIVATE_KEY_FILE",
        "REPO_STATS_WAREHOUSE",
        "REPO_STATS_MAX_AGE",
        "REPO_STATS_MAX_WAIT",
        "REPO_STATS_PER_PAGE",
        "REPO_STATS_EXECUTOR",
        "REPO_STATS_FETCH_STEPS",
        "REPO_STATS_IN_FLIGHT",
        "REPO_STATS_PER_MINUTE",
        "REPO_STATS_PULSE",
        "REPO_STATS_READ_LISTS",
        "REPO_STATS_USER_AGENT",
    ]


@pytest.mark.parametrize("setting", list_settings(), ids=lambda setting: setting.variable)
def test_every_description_is_sentences_that_fit_into_a_table(setting: SettingReference) -> None:
    assert setting.description[0].isupper()
    assert setting.description.endswith(".")
    assert not {"|", "\n"} & {*setting.description, *setting.default}


def test_defaults_are_shown_as_a_reader_needs_them() -> None:
    shown = {setting.variable: setting.default for setting in list_settings()}
    assert shown["REPO_STATS_MAX_AGE"] == "3600"
    assert shown["REPO_STATS_API_URL"] == "`https://api.github.com`"
    assert shown["REPO_STATS_FETCH_STEPS"] == "twice the number of CPUs, at most 64"
    assert shown["REPO_STATS_WATCHLIST"] == (
        "`watchlist.yaml` in the working directory, otherwise `PrefectHQ/prefect` alone"
    )
    assert shown["GITHUB_TOKEN"] == ""


def test_the_ui_describes_the_settings_of_the_api_like_the_reference_does() -> None:
    of_api = GitHubResource.model_fields
    assert list(of_api) == [
        *("api_url", "max_age", "max_wait", "per_page", "fetch_steps", "in_flight"),
        *("per_minute", "uses_pulse", "user_agent", "runs_at_once"),
    ]
    settings = {name: Settings.model_fields[name] for name in of_api}
    assert {
        name: (each.description, each.default, each.metadata) for name, each in of_api.items()
    } == {name: (each.description, each.default, each.metadata) for name, each in settings.items()}
    assert [name for name, field in of_api.items() if not field.description] == []


def test_settings_cannot_be_changed() -> None:
    settings = load_settings({})
    with pytest.raises(ValueError, match="frozen"):
        settings.max_age = 0


@pytest.mark.parametrize(("cpus", "steps"), [(None, 2), (1, 2), (8, 16), (32, 64), (40, 64)])
def test_there_are_two_steps_for_each_cpu_unless_these_are_many(
    cpus: int | None, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cpus)
    monkeypatch.setattr(config, "fields", fields)
    monkeypatch.delitem(sys.modules, fields.__name__)
    loaded = importlib.import_module(fields.__name__)
    assert get_args(loaded.FetchSteps)[1].default == steps
