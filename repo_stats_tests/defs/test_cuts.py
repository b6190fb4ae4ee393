"""Cutting a run into pieces, and what runs at once may send together."""

import dagster as dg
import pytest

from repo_stats.defs.cuts import CUT_TAG, PIECE_TAG, Cut, tags_of_piece
from repo_stats.defs.jobs import PARTITION, RANGE_END, RANGE_START
from repo_stats.defs.named_repositories import find_named
from repo_stats.defs.picking import complete_tags
from repo_stats.defs.refresh_runs import (
    find_requested,
    find_running_repos,
    is_unfinished,
    repos_of_run,
    request_refreshes,
)
from repo_stats.defs.resources import github_resource
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.deployment import Deployment, requested
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.runs import materialisations
from repo_stats_tests.helpers.star_requests import count_star_pages, without_stars

REPOS = [f"a/r{number:02d}" for number in range(10)]


@pytest.mark.parametrize(
    ("size", "left_out", "lengths"),
    [
        (10, 0, [10]),
        (9, 0, [5, 5]),
        (9, 1, [9]),
        (4, 0, [3, 3, 4]),
        (1, 0, [1] * 10),
        (4, 6, [4]),
        (4, 3, [3, 4]),
        (4, 10, []),
    ],
)
def test_a_run_over_too_many_repositories_is_cut_into_pieces_of_about_the_same_size(
    size: int, left_out: int, lengths: list[int]
) -> None:
    wanted = REPOS[left_out:]
    pieces = Cut(size).make_pieces(wanted, REPOS)
    assert [len(piece) for piece in pieces] == lengths
    assert [repo for piece in pieces for repo in piece] == wanted


def test_scattered_repositories_are_as_few_pieces_as_their_number_needs() -> None:
    pieces = Cut(2).make_pieces(REPOS[::3], REPOS)
    assert pieces == [["a/r00", "a/r03"], ["a/r06", "a/r09"]]
    assert Cut(5).make_pieces(REPOS[::2], REPOS) == [REPOS[::2]]


def test_an_empty_watchlist_has_no_pieces() -> None:
    assert Cut(4).make_pieces(["a/left"], []) == []


@pytest.mark.parametrize(
    ("pieces", "tags"),
    [(1, {}), (2, {"repo_stats/cut": "key", "repo_stats/piece": "1 of 2"})],
)
def test_only_one_of_several_pieces_has_tags(pieces: int, tags: dict[str, str]) -> None:
    assert tags_of_piece("key", 1, pieces) == tags


def test_the_pieces_that_are_left_begin_where_they_began_before() -> None:
    cut = Cut(3)
    keys = [r.run_key for r in request_refreshes(REPOS, REPOS, "why", "key", cut=cut)]
    assert keys == ["key a/r00", "key a/r02", "key a/r05", "key a/r07"]
    left = [*REPOS[:2], *REPOS[5:]]  # the second one is running
    again = [r.run_key for r in request_refreshes(left, REPOS, "why", "key", cut=cut)]
    assert again == ["key a/r00", "key a/r05", "key a/r07"]


@pytest.mark.parametrize(("in_flight", "per_minute"), [(10, 800), (4, 900), (100, 4), (7, 7)])
@pytest.mark.parametrize("runs", [1, 2, 4])
def test_all_runs_at_once_together_send_no_more_than_the_limits(
    settings_for: SettingsFor, in_flight: int, per_minute: int, runs: int
) -> None:
    settings = settings_for(
        *REPOS,
        REPO_STATS_RUNS_AT_ONCE=str(runs),
        REPO_STATS_IN_FLIGHT=str(in_flight),
        REPO_STATS_PER_MINUTE=str(per_minute),
    )
    github = github_resource(settings)
    assert in_flight - runs < runs * github.in_flight <= in_flight
    assert per_minute - runs < runs * github.per_minute <= per_minute
    assert github.runs_at_once == runs


PICKS = (PARTITION, RANGE_START, RANGE_END)

LATER = ["b/new", *REPOS[6:], *REPOS[1:5]]
"""The watchlist after it was changed: two have left, one is new, and the order is another."""


def test_a_piece_works_on_its_repositories_however_the_watchlist_changes_before_it_begins(
    settings_for: SettingsFor,
) -> None:
    requests = request_refreshes(REPOS, REPOS, "why", "key", cut=Cut(3))
    worked_on: list[str] = []
    for request in requests:
        run = dg.DagsterRun("refresh_watchlist", run_config=request.run_config, tags=request.tags)
        named = find_named(run.run_config)
        assert repos_of_run(run, LATER) == [repo for repo in LATER if repo in named]
        completed = complete_tags(run.job_name, run.tags, settings_for(*LATER), named)
        picks = [completed[name] for name in PICKS if name in completed]
        span = LATER[LATER.index(picks[0]) : LATER.index(picks[-1]) + 1]
        worked_on += [repo for repo in span if repo in named]
        assert completed[PIECE_TAG] == run.tags[PIECE_TAG]
    assert sorted(worked_on) == sorted(set(REPOS) & set(LATER))


@pytest.mark.parametrize(
    ("watchlist", "picked"),
    [
        (["a/r01", "b/b"], {PARTITION: "a/r01"}),
        (["b/b", "c/c"], None),
    ],
)
def test_a_piece_of_which_one_repository_is_left_picks_it_and_one_of_which_none_is_says_so(
    settings_for: SettingsFor, watchlist: list[str], picked: dict[str, str] | None
) -> None:
    [first, *_] = request_refreshes(REPOS, REPOS, "why", "key", cut=Cut(3))
    named = find_named(first.run_config)
    completed = complete_tags("refresh_watchlist", first.tags, settings_for(*watchlist), named)
    picks = {name: value for name, value in completed.items() if name.startswith("dagster/")}
    unknown = completed.get("repo_stats/unknown")
    assert (picks == picked, unknown) == ((True, None) if picked else (False, "a/r00, a/r01"))


def test_a_piece_is_unfinished_while_another_one_is(
    settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    deployment = Deployment(settings_for(*REPOS), instance)
    requests = request_refreshes(REPOS, REPOS, "the night", "key", cut=Cut(5))
    statuses = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.STARTED)
    ended, started = (
        instance.create_run_for_job(
            deployment.find_job("refresh_watchlist"),
            status=status,
            run_config=request.run_config,
            tags=request.tags,
        )
        for request, status in zip(requests, statuses, strict=True)
    )
    assert ended.tags[CUT_TAG] == "key"
    assert is_unfinished(instance, ended.run_id)
    assert find_running_repos(instance, LATER) == set(LATER) & set(REPOS[5:])
    assert find_requested(instance, LATER, "the night") == set(LATER) & set(REPOS)
    instance.report_run_canceled(started)
    assert not is_unfinished(instance, ended.run_id)


def test_the_pieces_of_an_hour_refresh_each_repository_once_and_are_published_once(
    simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    names = REPOS[:3]
    simulator = simulate(*[Shape(name, 2, 1) for name in names])
    few = {"REPO_STATS_REPOS_PER_RUN": "2", "REPO_STATS_FETCH_STEPS": "1"}
    deployment = Deployment(settings_for(*names, **few), instance)
    deployment.tick("follow_updates")
    requests = deployment.tick_schedule("hourly_refresh", 1_795_435_200.0)
    assert requested(requests) == [
        ("refresh_watchlist", "a/r00"),
        ("refresh_watchlist", "a/r01...a/r02"),
    ]
    results = deployment.run(requests)
    made = [repo for result in results for repo in materialisations(result, "repo_statistics")]
    assert made == names
    assert len(without_stars(simulator.log)) == 2 * len(names)
    assert len(simulator.log) == 2 * len(names) + count_star_pages(simulator, *names)
    assert deployment.run(requests) == []
    published = deployment.tick("follow_updates")
    assert [job for job, _ in requested(published)] == ["publish_report"]
    assert not isinstance(deployment.tick("follow_updates"), list)
