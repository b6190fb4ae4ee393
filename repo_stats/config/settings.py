"""The settings that are not secret, read from the environment.

Secrets have modules of their own: `repo_stats.config.credentials` and `repo_stats.config.alerting`.
Only this package reads environment variables.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from repo_stats.config import fields, run_fields
from repo_stats.config.addresses import (
    MOST_CHARACTERS,
    expand_home,
    hide_credentials,
    holds_credentials,
    parse_api_url,
)
from repo_stats.config.alerting import ALERTING_VARIABLES, load_alerting
from repo_stats.config.bots import DEFAULT_BOTS, Bots, join_bots, parse_bots
from repo_stats.config.credentials import CREDENTIAL_VARIABLES, load_credentials
from repo_stats.config.errors import SettingsError, quote, require_text
from repo_stats.config.executors import Executor, parse_executor
from repo_stats.config.marks import MARK_VARIABLES, Mark
from repo_stats.config.watchlist import Watchlist, mark_more, parse_names, read_watchlist

DEFAULT_WATCHLIST = "watchlist.yaml"

WATCHLIST_VARIABLES = {"REPO_STATS_WATCHLIST": "Path of the watchlist file."}
"""The variable of the watchlist file, which `repos`, those that it marks, and `bots` come from."""


class Settings(BaseModel):
    """The settings of a process, except for secrets.

    `repo_stats.config.fields` has the description, default and bounds of each. The lists of
    repositories keep the watchlist's order, `api_url` has no slash at its end, and `warehouse` is
    an absolute path or a URL.

    The environment tells only of the repositories that the watchlist writes out. What its other
    entries stand for is in the warehouse: see `repo_stats.watching.loading`.
    """

    model_config = ConfigDict(frozen=True)

    repos: fields.Repos
    history_repos: fields.HistoryRepos
    traffic_repos: fields.TrafficRepos
    downloads_repos: fields.DownloadsRepos
    bots: Bots
    min_refresh: run_fields.MinRefresh
    repos_per_run: run_fields.ReposPerRun
    runs_at_once: run_fields.RunsAtOnce
    keep_runs: run_fields.KeepRuns
    api_url: fields.ApiUrl
    warehouse: fields.Warehouse
    max_age: fields.MaxAge
    max_wait: fields.MaxWait
    per_page: fields.PerPage
    executor: Executor
    fetch_steps: fields.FetchSteps
    in_flight: fields.InFlight
    per_minute: fields.PerMinute
    uses_pulse: fields.UsesPulse
    reads_lists: fields.ReadsLists
    user_agent: fields.UserAgent

    def marked(self, mark: Mark) -> tuple[str, ...]:
        """The repositories with a mark of the watchlist."""
        names: tuple[str, ...] = getattr(self, f"{mark}_repos")
        return names


PROPERTIES: dict[str, dict[str, Any]] = Settings.model_json_schema()["properties"]
"""The JSON schema of each field, with its variable, description, default and bounds."""


_VARIABLES = [
    *(field["variable"] for field in PROPERTIES.values()),
    *WATCHLIST_VARIABLES,
    *ALERTING_VARIABLES,
    *CREDENTIAL_VARIABLES,
]

_SWITCHES: Mapping[str, bool] = {"on": True, "off": False}

_MOST_DIGITS = 20
"""More digits than any bound has. Python refuses to read thousands of them."""

MOST_USER_AGENT = 200
"""The most characters of the `User-Agent` header."""


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings, and check the secrets as well.

    A variable that is unset or blank has its default.

    Raises:
        SettingsError: a value is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    for variable in _VARIABLES:
        require_text(variable, environ.get(variable, ""))
    load_credentials(environ)
    load_alerting(environ)
    watchlist, warehouse = load_watchlist(environ), _read_warehouse(environ)
    numbers = _read_numbers(environ)
    _require_shares(numbers)
    return Settings(
        repos=watchlist.repos,
        history_repos=watchlist.history,
        traffic_repos=watchlist.traffic,
        downloads_repos=watchlist.downloads,
        bots=join_bots(DEFAULT_BOTS, watchlist.bots),
        api_url=read_api_url(environ),
        warehouse=warehouse,
        executor=parse_executor(
            _read_text("executor", environ), PROPERTIES["executor"]["enum"], warehouse
        ),
        uses_pulse=_read_switch("uses_pulse", environ),
        reads_lists=_read_switch("reads_lists", environ),
        user_agent=_read_user_agent(environ),
        **numbers,
    )


def load_watchlist(environ: Mapping[str, str] = os.environ) -> Watchlist:
    """Read the watchlist, with its entries that stand for lists.

    Raises:
        WatchlistError: it is malformed or cannot be read.
    """
    watchlist = _find_watchlist(environ)
    for mark, variable in MARK_VARIABLES.items():
        if names := environ.get(variable, "").strip():
            watchlist = mark_more(watchlist, mark, names, variable)
    bots = parse_bots(environ.get("REPO_STATS_BOTS", ""), "REPO_STATS_BOTS")
    return replace(watchlist, bots=(*watchlist.bots, *bots))


def find_dagster_home(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder in which Dagster keeps its runs, by `DAGSTER_HOME`; None if that is not set."""
    home = environ.get("DAGSTER_HOME", "").strip()
    return Path(home) if home else None


def read_api_url(environ: Mapping[str, str] = os.environ) -> str:
    """Read the base URL of the API, without a slash at its end.

    Raises:
        SettingsError: it is not the address of an API.
    """
    return parse_api_url(_read_text("api_url", environ))


def _find_watchlist(environ: Mapping[str, str]) -> Watchlist:
    if names := environ.get("REPO_STATS_REPOS", "").strip():
        return Watchlist(parse_names(names, "REPO_STATS_REPOS"))
    if path := environ.get("REPO_STATS_WATCHLIST", "").strip():
        return read_watchlist(expand_home(path, "REPO_STATS_WATCHLIST"))
    if (default := Path(DEFAULT_WATCHLIST)).exists():
        return read_watchlist(default)
    return Watchlist((fields.DEFAULT_REPO,))


def _read_text(name: str, environ: Mapping[str, str]) -> str:
    """The text of a field's variable, or the field's default if that is unset or blank."""
    field = PROPERTIES[name]
    return environ.get(field["variable"], "").strip() or str(field["default"])


def _read_warehouse(environ: Mapping[str, str]) -> str:
    place, variable = _read_text("warehouse", environ), PROPERTIES["warehouse"]["variable"]
    if len(place) > MOST_CHARACTERS:
        raise SettingsError(f"{variable} is {quote(place)}, which is too long for a path or URL.")
    if "://" in place and holds_credentials(place):
        raise SettingsError(
            f"{variable} is {quote(hide_credentials(place))} with credentials in it, which every "
            "log would show; give them where its file system looks for them, such as "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for s3://."
        )
    if "://" in place:
        return place
    # The working directory, too, may have a name that is not UTF-8.
    return require_text(variable, str(expand_home(place, variable).absolute()))


def _read_switch(name: str, environ: Mapping[str, str]) -> bool:
    field = PROPERTIES[name]
    text = environ.get(field["variable"], "").strip()
    if text and text not in _SWITCHES:
        raise SettingsError(f"{field['variable']} is {quote(text)}; write on or off.")
    return _SWITCHES.get(text, bool(field["default"]))


def _read_user_agent(environ: Mapping[str, str]) -> str:
    text = _read_text("user_agent", environ)
    if not text.isascii() or not text.isprintable() or len(text) > MOST_USER_AGENT:
        raise SettingsError(
            f"REPO_STATS_USER_AGENT is {quote(text)}; write printable ASCII characters only, at "
            f"most {MOST_USER_AGENT}."
        )
    return text


def _read_numbers(environ: Mapping[str, str]) -> dict[str, int]:
    return {
        name: _parse_number(_read_text(name, environ), field)
        for name, field in PROPERTIES.items()
        if field["type"] == "integer"
    }


def _require_shares(numbers: Mapping[str, int]) -> None:
    """Refuse more runs at once than there are requests for: each has to have a share."""
    runs = numbers["runs_at_once"]
    for name in ("in_flight", "per_minute"):
        if runs > numbers[name]:
            raise SettingsError(
                f"REPO_STATS_RUNS_AT_ONCE is '{runs}', more than {PROPERTIES[name]['variable']}, "
                f"which is {numbers[name]}; each run at once needs a share of these requests."
            )


def _parse_number(text: str, field: Mapping[str, Any]) -> int:
    lowest, highest = field["minimum"], field["maximum"]
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if not is_number or not lowest <= int(text) <= highest:
        raise SettingsError(
            f"{field['variable']} is {quote(text)}; write a whole number from {lowest} to "
            f"{highest}."
        )
    return int(text)
