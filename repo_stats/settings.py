"""Every environment variable is read here, and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from repo_stats.watchlist import parse_names, read_watchlist

DEFAULT_REPO = "PrefectHQ/prefect"
DEFAULT_API_URL = "https://api.github.com"


class SettingsError(ValueError):
    """A setting cannot be used; the message names it and says what it may be."""


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
    """

    repos: tuple[str, ...]
    api_url: str
    warehouse: str
    max_age: int
    max_wait: int
    per_page: int
    fetch_steps: int
    in_flight: int


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a variable that is unset or blank has its default.

    Raises:
        SettingsError: a value is malformed or out of its range.
        WatchlistError: the watchlist is.
    """
    github_token(environ)
    number = partial(_read_number, environ)
    return Settings(
        repos=_read_repos(environ),
        api_url=read_api_url(environ),
        warehouse=_read_warehouse(environ),
        max_age=number("REPO_STATS_MAX_AGE", 3600, 0, 31_536_000),
        max_wait=number("REPO_STATS_MAX_WAIT", 900, 0, 86_400),
        per_page=number("REPO_STATS_PER_PAGE", 100, 1, 100),
        fetch_steps=number("REPO_STATS_FETCH_STEPS", 2 * (os.cpu_count() or 1), 1, 64),
        in_flight=number("REPO_STATS_IN_FLIGHT", 10, 1, 100),
    )


def github_token(environ: Mapping[str, str] = os.environ) -> str | None:
    """The token that requests are authorized with, or None: it is never part of `Settings`.

    Raises:
        SettingsError: the token holds a blank or a control character, as a mangled copy would.
    """
    token = environ.get("GITHUB_TOKEN", "").strip()
    if not token:
        return None
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(
            "GITHUB_TOKEN holds characters that no token has; copy it again, without blanks."
        )
    return token


def has_dagster_home(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether Dagster has a folder to keep its history in."""
    return bool(environ.get("DAGSTER_HOME", "").strip())


def _read_repos(environ: Mapping[str, str]) -> tuple[str, ...]:
    if names := environ.get("REPO_STATS_REPOS", "").strip():
        return parse_names(names, "REPO_STATS_REPOS")
    if path := environ.get("REPO_STATS_WATCHLIST", "").strip():
        return read_watchlist(Path(path))
    if (default := Path("watchlist.yaml")).exists():
        return read_watchlist(default)
    return (DEFAULT_REPO,)


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


def _read_number(
    environ: Mapping[str, str], name: str, default: int, lowest: int, highest: int
) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
        raise SettingsError(f"{name} is {text!r}; write a whole number from {lowest} to {highest}.")
    return int(text)
