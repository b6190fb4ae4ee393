"""All definitions of the project in one place; nothing is computed here."""

import logging
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import click
import dagster as dg

from repo_stats.config.alerting import load_alerting
from repo_stats.config.errors import SettingsError, WatchlistError
from repo_stats.config.marks import MARKS
from repo_stats.config.settings import Settings
from repo_stats.defs.assets.contributor_concentration import build_contributor_concentration
from repo_stats.defs.assets.digest import build_digest
from repo_stats.defs.assets.issue_backlog import build_issue_backlog
from repo_stats.defs.assets.issue_pages import build_issue_pages
from repo_stats.defs.assets.issue_trends import build_issue_trends
from repo_stats.defs.assets.issues import build_issues
from repo_stats.defs.assets.issues_per_user import build_issues_per_user
from repo_stats.defs.assets.leaderboard import build_leaderboard
from repo_stats.defs.assets.open_issues import build_open_issues
from repo_stats.defs.assets.release_downloads import build_release_downloads
from repo_stats.defs.assets.repo_history import build_repo_history
from repo_stats.defs.assets.repo_metadata import build_repo_metadata
from repo_stats.defs.assets.repo_statistics import build_repo_statistics
from repo_stats.defs.assets.report import build_report
from repo_stats.defs.assets.star_days import build_star_days
from repo_stats.defs.assets.traffic import build_traffic
from repo_stats.defs.assets.watched_repositories import build_watched_repositories
from repo_stats.defs.current_lists import load_current
from repo_stats.defs.cuts import Cut
from repo_stats.defs.executor import build_executor
from repo_stats.defs.freshness import add_freshness
from repo_stats.defs.io_manager import TableIOManager
from repo_stats.defs.jobs import build_jobs
from repo_stats.defs.loggers import PROGRESS_LOGGER, progress_logger
from repo_stats.defs.owned_runs import Owned, find_owned
from repo_stats.defs.partitions import repo_partitions
from repo_stats.defs.resources import GitHubResource, RefreshOptions, github_resource
from repo_stats.defs.run_history.prune_runs import build_pruning
from repo_stats.defs.schedules import build_schedules
from repo_stats.defs.sensors.follow_updates import build_follow_updates
from repo_stats.defs.sensors.new_histories import build_new_histories
from repo_stats.defs.sensors.new_repositories import build_new_repositories
from repo_stats.defs.sensors.repo_activity import build_repo_activity
from repo_stats.defs.sensors.run_alerts import build_alerts
from repo_stats.defs.sensors.watchlist_updates import build_watchlist_updates
from repo_stats.defs.step_values import STEP_VALUES, StepValues, require_known_types
from repo_stats.defs.steps.alert_asset import build_alert_asset
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import RELEASE_DOWNLOADS, TRAFFIC_DAYS
from repo_stats.watching.loading import load_watched


def build_defs(
    settings: Settings | None = None,
    *,
    github: GitHubResource | None = None,
    executor: dg.ExecutorDefinition | None = None,
    clock: Callable[[], float] = time.time,
) -> dg.Definitions:
    """Build the definitions.

    Args:
        settings: the watchlist, the warehouse and so on; by default those of the environment.
        github: replaces the API, for tests.
        executor: replaces the multiprocess executor, for tests.
        clock: gives the sensors the time, in seconds since the epoch.

    Raises:
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
        WarehouseError: what its lists have brought in cannot be read.
    """
    settings = settings or load_watched()
    assets = add_freshness(_build_assets(settings))
    marked = {mark: settings.marked(mark) for mark in MARKS}
    jobs = build_jobs([mark for mark, repos in marked.items() if repos])
    has_webhook, cut = load_alerting()[0] is not None, Cut(settings.repos_per_run)
    schedules = build_schedules(settings.repos, marked, cut, posts_digest=has_webhook)
    owned = find_owned(assets)
    sensors = _build_sensors(settings, jobs, owned, clock)
    ticking = [schedule.name for schedule in schedules] + [sensor.name for sensor in sensors]
    prune_runs, hourly_pruning = build_pruning(owned, ticking, settings.keep_runs)
    return dg.Definitions(
        assets=[*assets, build_alert_asset()],
        jobs=[*jobs, prune_runs],
        schedules=[*schedules, hourly_pruning],
        sensors=sensors,
        resources={
            "github": github or github_resource(settings),
            "refresh": RefreshOptions(),
            "warehouse": WarehouseResource(root=settings.warehouse, bots=list(settings.bots)),
            "tables": TableIOManager(root=settings.warehouse, bots=list(settings.bots)),
            STEP_VALUES: StepValues(root=settings.warehouse),
        },
        executor=executor or build_executor(settings),
        loggers={"console": dg.colored_console_logger, PROGRESS_LOGGER: progress_logger},
    )


def _build_sensors(
    settings: Settings, jobs: Sequence[Any], owned: Owned, clock: Callable[[], float]
) -> list[dg.SensorDefinition]:
    histories, cut = settings.history_repos, Cut(settings.repos_per_run)
    return [
        build_watchlist_updates(settings, jobs, clock),
        build_repo_activity(settings.repos, jobs, settings.min_refresh, cut, clock),
        build_new_repositories(settings.repos, jobs, cut, clock),
        *([build_new_histories(histories, jobs, cut, clock)] if histories else []),
        build_follow_updates(settings.repos, jobs, cut, clock),
        *build_alerts(owned, settings.repos, {mark: settings.marked(mark) for mark in MARKS}),
    ]


def _build_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    repos = repo_partitions(settings.repos)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)
        assets = [
            build_watched_repositories(),
            build_repo_metadata(repos),
            build_issue_pages(),
            build_open_issues(repos),
            build_issues_per_user(repos),
            build_repo_statistics(repos),
            build_star_days(repos),
            build_repo_history(repos),
            build_issue_backlog(repos),
            build_leaderboard(repos),
            build_report(repos, _list_daily(settings)),
            build_digest(repos),
        ]
        if settings.history_repos:
            histories = repo_partitions(settings.history_repos)
            assets += [
                build_issues(histories),
                build_issue_trends(histories),
                build_contributor_concentration(histories),
            ]
        if settings.traffic_repos:
            assets.append(build_traffic(repo_partitions(settings.traffic_repos)))
        if settings.downloads_repos:
            assets.append(build_release_downloads(repo_partitions(settings.downloads_repos)))
    require_known_types(assets)
    return assets


def _list_daily(settings: Settings) -> list[str]:
    """The assets that are read once a day, as far as a repository is marked for them."""
    marks = {TRAFFIC_DAYS: settings.traffic_repos, RELEASE_DOWNLOADS: settings.downloads_repos}
    return [schema.name for schema, repos in marks.items() if repos]


def _load_defs() -> dg.Definitions:
    """The definitions for the environment's settings, and for what its lists have now.

    Raises:
        click.ClickException: settings or watchlist cannot be used. Dagster's commands print such an
            error as one sentence.
    """
    try:
        return build_defs(load_current(logging.getLogger("repo_stats")))
    except (SettingsError, WatchlistError, WarehouseError) as error:
        raise click.ClickException(str(error)) from None


defs = _load_defs()
