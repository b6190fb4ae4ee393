"""Every environment variable is read here, and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from repo_stats import USER_AGENT
from repo_stats.config.credentials import load_credentials
from repo_stats.config.errors import SettingsError
from repo_stats.config.watchlist import Watchlist, mark_history, parse_names, read_watchlist

DEFAULT_REPO = "PrefectHQ/prefect"


DEFAULT_API_URL = "https://api.github.com"


@dataclass(frozen=True)
class Settings:
    """What the environment says; times in seconds.

    Attributes:
        repos: the watchlist, `owner/name` each, in its own order.
        api_url: base URL of the API, without a slash at its end.
        warehouse: absolute path or fsspec URL of the warehouse.
        max_age: for how long stored answers count as fresh.
        max_wait: the longest wait for a rate limit before a run gives up.
        per_page: rows asked for in one page of a list.
        fetch_steps: the most steps that pages are spread over.
        in_flight: the most requests under way at once, over all steps of a run.
        per_minute: the most requests a minute, over all steps of a run.
        user_agent: what requests introduce themselves as.
        min_refresh: the least time between two refreshes of a repository in which much happens.
        history_repos: those of the watchlist of which all items are kept, open or not.
    """

    repos: tuple[str, ...]
    api_url: str
    warehouse: str
    max_age: int
    max_wait: int
    per_page: int
    fetch_steps: int
    in_flight: int
    per_minute: int
    user_agent: str
    min_refresh: int
    history_repos: tuple[str, ...] = ()


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a variable that is unset or blank has its default.

    Raises:
        SettingsError: a value is malformed or out of its range.
        WatchlistError: the watchlist is.
    """
    load_credentials(environ)
    load_alerting(environ)
    number = partial(_read_number, environ)
    watchlist = _read_watchlist(environ)
    return Settings(
        repos=watchlist.repos,
        api_url=read_api_url(environ),
        warehouse=_read_warehouse(environ),
        max_age=number("REPO_STATS_MAX_AGE", 3600, 0, 31_536_000),
        max_wait=number("REPO_STATS_MAX_WAIT", 900, 0, 86_400),
        per_page=number("REPO_STATS_PER_PAGE", 100, 1, 100),
        fetch_steps=number("REPO_STATS_FETCH_STEPS", 2 * (os.cpu_count() or 1), 1, 64),
        in_flight=number("REPO_STATS_IN_FLIGHT", 10, 1, 100),
        per_minute=number("REPO_STATS_PER_MINUTE", 800, 1, 900),
        user_agent=_read_user_agent(environ),
        min_refresh=number("REPO_STATS_MIN_REFRESH", 600, 0, 86_400),
        history_repos=watchlist.history,
    )


def load_alerting(environ: Mapping[str, str] = os.environ) -> tuple[str | None, str | None]:
    """The webhook that alerts go to, a secret, and the address of the UI, without a slash.

    Raises:
        SettingsError: one of them is no address.
    """
    webhook, ui = (
        _read_address(environ, name) for name in ("REPO_STATS_WEBHOOK_URL", "REPO_STATS_UI_URL")
    )
    return webhook, None if ui is None else ui.rstrip("/")


def _read_address(environ: Mapping[str, str], name: str) -> str | None:
    """An address of the web; where it is none it is not shown, as it may be a secret all the same.

    Raises:
        SettingsError: it is no address.
    """
    text = environ.get(name, "").strip()
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if text and not is_address:
        raise SettingsError(
            f"{name} is no address; write one that begins with https:// or http://."
        )
    return text or None


def has_dagster_home(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether Dagster has a folder to keep its history in."""
    return bool(environ.get("DAGSTER_HOME", "").strip())


def _read_watchlist(environ: Mapping[str, str]) -> Watchlist:
    watchlist = _find_watchlist(environ)
    names = environ.get("REPO_STATS_HISTORY", "").strip()
    return mark_history(watchlist, names, "REPO_STATS_HISTORY") if names else watchlist


def _find_watchlist(environ: Mapping[str, str]) -> Watchlist:
    if names := environ.get("REPO_STATS_REPOS", "").strip():
        return Watchlist(parse_names(names, "REPO_STATS_REPOS"))
    if path := environ.get("REPO_STATS_WATCHLIST", "").strip():
        return read_watchlist(Path(path))
    if (default := Path("watchlist.yaml")).exists():
        return read_watchlist(default)
    return Watchlist((DEFAULT_REPO,))


def read_api_url(environ: Mapping[str, str] = os.environ) -> str:
    """The base URL of the API, without a slash at its end.

    Raises:
        SettingsError: it is no address of an API.
    """
    url = environ.get("REPO_STATS_API_URL", "").strip().rstrip("/") or DEFAULT_API_URL
    if not _is_api_address(url):
        raise SettingsError(
            f"REPO_STATS_API_URL is {_without_credentials(url)!r}, which is no address of an API; "
            "write https://api.github.com or https://HOST/api/v3."
        )
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def _is_api_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_bare = not (parts.query or parts.fragment or parts.username or parts.password)
    return has_port and is_bare and parts.scheme in ("http", "https") and bool(parts.hostname)


def _without_credentials(url: str) -> str:
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://...@{after}" if at else url


def _read_warehouse(environ: Mapping[str, str]) -> str:
    place = environ.get("REPO_STATS_WAREHOUSE", "").strip() or "warehouse"
    return place if "://" in place else str(Path(place).expanduser().absolute())


def _read_user_agent(environ: Mapping[str, str]) -> str:
    text = environ.get("REPO_STATS_USER_AGENT", "").strip()
    if not text.isascii() or not text.isprintable():
        raise SettingsError(
            f"REPO_STATS_USER_AGENT is {text!r}; write printable ASCII characters only."
        )
    return text or USER_AGENT


def _read_number(
    environ: Mapping[str, str], name: str, default: int, lowest: int, highest: int
) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
        raise SettingsError(f"{name} is {text!r}; write a whole number from {lowest} to {highest}.")
    return int(text)
