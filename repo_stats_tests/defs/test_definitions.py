"""The definitions: which assets and sensors there are, and how the UI shows them."""

from datetime import timedelta

import dagster as dg

from repo_stats.definitions import build_defs
from repo_stats.defs.jobs import PUBLISHED, REFRESHED
from repo_stats.defs.sensors.hand_made import FOLLOWERS
from repo_stats.defs.sensors.publishing import PUBLICATION
from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.warehouse.schemas import ISSUE_PAGES, LEADERBOARD, TABLES, WATCHED_REPOSITORIES
from repo_stats_tests.helpers.fixture_types import SettingsFor


def test_the_asset_graph_is_that_of_the_design(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    shape = {
        key.to_user_string(): (
            sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            type(graph.get(key).partitions_def).__name__,
            graph.get(key).group_name,
            graph.get(key).backfill_policy == dg.BackfillPolicy.single_run(),
        )
        for key in graph.materializable_asset_keys
    }
    static, dynamic = "StaticPartitionsDefinition", "DynamicPartitionsDefinition"
    assert shape == {
        "watched_repositories": ([], "NoneType", "repositories", False),
        "repo_metadata": ([], static, "repositories", True),
        "issue_pages": (["repo_metadata"], dynamic, "issues", True),
        "open_issues": (["issue_pages", "repo_metadata"], static, "issues", True),
        "issues_per_user": (["open_issues"], static, "statistics", True),
        "repo_statistics": (
            ["issues_per_user", "repo_metadata"],
            static,
            "statistics",
            True,
        ),
        "star_days": (["repo_statistics"], static, "statistics", True),
        "repo_history": (["repo_statistics"], static, "statistics", True),
        "issue_backlog": (["repo_history", "repo_statistics"], static, "issues", True),
        "leaderboard": (
            ["repo_history", "repo_statistics", "star_days"],
            "NoneType",
            "statistics",
            False,
        ),
        "report": (
            ["issue_backlog", "leaderboard", "repo_statistics", "star_days"],
            "NoneType",
            "statistics",
            False,
        ),
        "digest": (["repo_statistics", "star_days"], "NoneType", "statistics", False),
    }


def test_all_items_are_kept_only_where_the_watchlist_says_so(
    defs: dg.Definitions, settings_for: SettingsFor
) -> None:
    kept = build_defs(settings_for("a/b", "c/d", "e/f", REPO_STATS_HISTORY="c/d"))
    more = {
        key.to_user_string()
        for key in kept.resolve_asset_graph().materializable_asset_keys
        - defs.resolve_asset_graph().materializable_asset_keys
    }
    assert more == {"issues", "issue_trends", "contributor_concentration"}
    for asset in more:
        partitions = kept.resolve_asset_graph().get(dg.AssetKey(asset)).partitions_def
        assert partitions == dg.StaticPartitionsDefinition(["c/d"])
    assert "hourly_history_refresh" in {schedule.name for schedule in kept.schedules or []}
    assert "hourly_history_refresh" not in {schedule.name for schedule in defs.schedules or []}


def test_traffic_and_downloads_are_read_only_where_the_watchlist_says_so(
    defs: dg.Definitions, settings_for: SettingsFor
) -> None:
    marks = {"REPO_STATS_TRAFFIC": "c/d", "REPO_STATS_DOWNLOADS": "a/b,c/d"}
    marked = build_defs(settings_for("a/b", "c/d", "e/f", **marks))
    graph = marked.resolve_asset_graph()
    plain = defs.resolve_asset_graph().materializable_asset_keys
    nodes = {k.to_user_string(): graph.get(k) for k in graph.materializable_asset_keys - plain}
    traffic, downloads = dg.StaticPartitionsDefinition(["c/d"]), ["a/b", "c/d"]
    assert {name: node.partitions_def for name, node in nodes.items()} == {
        **dict.fromkeys(("traffic_days", "traffic_referrers", "traffic_paths"), traffic),
        "release_downloads": dg.StaticPartitionsDefinition(downloads),
    }
    assert {(*node.owners, node.code_version, *sorted(node.kinds)) for node in nodes.values()} == {
        ("team:repo-stats", CODE_VERSION, "github", "parquet")
    }
    assert [
        name for name, node in nodes.items() if "One row per" not in str(node.description)
    ] == []
    schemas = {schema.name: schema for schema in TABLES}
    columns = {
        n: [c.name for c in node.metadata["dagster/column_schema"].columns]
        for n, node in nodes.items()
    }
    assert columns == {name: schemas[name].names for name in nodes}
    names = {schedule.name for schedule in marked.schedules or []}
    assert names >= {"daily_traffic", "daily_downloads"}
    jobs = [marked.resolve_job_def(name) for name in ("refresh_traffic", "refresh_downloads")]
    steps = [node for job in jobs for node in job.all_node_defs]
    policies = [node.retry_policy for node in steps if isinstance(node, dg.OpDefinition)]
    assert [policy and policy.max_retries for policy in policies] == [3, 3]


def _shown(kind: str) -> tuple[list[str], str, set[str]]:
    return ["team:repo-stats"], CODE_VERSION, {"parquet", kind}


def test_every_asset_says_what_it_is_in_the_ui(defs: dg.Definitions) -> None:
    schemas = {
        schema.name: schema for schema in (*TABLES, ISSUE_PAGES, LEADERBOARD, WATCHED_REPOSITORIES)
    }
    graph = defs.resolve_asset_graph()
    nodes = {key.to_user_string(): graph.get(key) for key in graph.materializable_asset_keys}
    assert {name: (node.owners, node.code_version, node.kinds) for name, node in nodes.items()} == {
        **dict.fromkeys(("repo_metadata", "issue_pages", "open_issues"), _shown("github")),
        **dict.fromkeys(("watched_repositories", "star_days"), _shown("github")),
        **dict.fromkeys(("issues_per_user", "repo_statistics", "repo_history"), _shown("pandas")),
        **dict.fromkeys(("issue_backlog", "leaderboard"), _shown("pandas")),
        "report": (["team:repo-stats"], CODE_VERSION, {"altair", "html"}),
        "digest": (["team:repo-stats"], CODE_VERSION, {"markdown"}),
    }
    assert str(nodes.pop("report").description).startswith("HTML pages with the statistics")
    assert str(nodes.pop("digest").description).startswith("What changed in the last complete week")
    assert [
        name for name, node in nodes.items() if "One row per" not in str(node.description)
    ] == []
    columns = {
        name: {
            each.name: each.description for each in node.metadata["dagster/column_schema"].columns
        }
        for name, node in nodes.items()
    }
    assert {name: list(each) for name, each in columns.items()} == {
        name: schemas[name].names for name in nodes
    }
    assert [name for name, each in columns.items() if not all(each.values())] == []


def test_every_step_retries_three_times(defs: dg.Definitions) -> None:
    jobs = [defs.resolve_job_def("refresh_repo"), defs.resolve_implicit_global_asset_job_def()]
    policies = {
        node.name: node.retry_policy
        for job in jobs
        for node in job.all_node_defs
        if isinstance(node, dg.OpDefinition)
    }
    assert set(policies) == {
        *("repo_metadata", "issue_pages", "plan_pages", "fetch_pages", "combine_pages"),
        *("issues_per_user", "repo_statistics", "repo_history", "issue_backlog", "leaderboard"),
        *("report", "digest", "star_days", "watched_repositories"),
    }
    assert {policy and policy.max_retries for policy in policies.values()} == {3}


def test_the_sensors_are_there_switched_on_with_their_descriptions(defs: dg.Definitions) -> None:
    sensors = {sensor.name: sensor for sensor in defs.sensors or []}
    assert set(sensors) == {
        *("watchlist_updates", "repo_activity", "new_repositories", "follow_updates"),
        *("alert_on_failure", "alert_on_recovery"),
    }
    assert {s.default_status for s in sensors.values()} == {dg.DefaultSensorStatus.RUNNING}
    assert [name for name, sensor in sensors.items() if not sensor.description] == []


def test_every_asset_is_made_by_a_job_and_follows_what_it_is_made_from(
    settings_for: SettingsFor,
) -> None:
    """A new asset belongs to a job; what a run by hand or a new row of history leads to as well."""
    marks = ("REPO_STATS_HISTORY", "REPO_STATS_TRAFFIC", "REPO_STATS_DOWNLOADS")
    defs = build_defs(settings_for("a/b", **dict.fromkeys(marks, "a/b")))
    graph = defs.resolve_asset_graph()
    parents = {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.materializable_asset_keys
    }
    by_history = {"issues", "issue_trends", "contributor_concentration"}
    by_others = {"issue_pages", "repo_history", "watched_repositories", *by_history}
    by_others |= {
        "digest",
        "traffic_days",
        "traffic_referrers",
        "traffic_paths",
        "release_downloads",
    }
    assert set(parents) == {*REFRESHED, *PUBLISHED, *by_others}
    followed = {parent for asset in PUBLISHED for parent in parents[asset]}
    assert followed <= set(PUBLICATION)
    without_requests = set(REFRESHED) - {"repo_metadata", "open_issues", "star_days"}
    assert FOLLOWERS.keys() == {parent for asset in without_requests for parent in parents[asset]}
    for asset, followers in FOLLOWERS.items():
        direct = {follower for follower in without_requests if asset in parents[follower]}
        later = {follower for follower in without_requests if direct & parents[follower]}
        assert set(followers) == direct | later


def test_tables_that_are_refreshed_every_hour_say_when_they_are_late(defs: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    late = {name: spec.freshness_policy for name, spec in specs.items() if spec.freshness_policy}
    assert set(late) == {"repo_metadata", "open_issues", "issues_per_user", "repo_statistics"}
    for policy in late.values():
        assert policy == dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=24), warn_window=timedelta(hours=3)
        )
