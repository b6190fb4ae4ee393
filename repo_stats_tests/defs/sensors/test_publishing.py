"""When backlog, leaderboard and report are made again, decided from a history that is made up."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.jobs import PARTITION, RANGE_END, RANGE_START
from repo_stats.defs.sensors.publishing import PUBLICATION, Decision, Recorded, decide
from repo_stats_tests.defs.sensors.histories import History, run_of

ONE, TWO, THREE, FOUR = WATCHLIST = ["a/one", "a/two", "a/three", "a/four"]

HISTORY, STATISTICS, STARS, BACKLOG, RANKING, REPORT, *DAILY = PUBLICATION

NOW = 1_000_000.0

UP_TO_DATE = "Backlog, leaderboard and report are up to date."
BY_HAND = "Backlog, leaderboard and report were made by hand."
RECORDING = "A run is still recording what it has made."
BEING_MADE = "Backlog, leaderboard and report are being made."


def judge(history: Any, recorded: Mapping[str, Recorded]) -> Decision:
    """What is decided if everything up to the tenth event was handled before."""
    return decide(
        history, {**dict.fromkeys(PUBLICATION, Recorded()), **recorded}, WATCHLIST, 10, NOW
    )


def summary(decision: Decision) -> tuple[int, str, list[str]]:
    """Up to where it decides, why not, or the repositories with the assets that are made."""
    if decision.request is None:
        return decision.handled, decision.reason, []
    tags, picked = decision.request.tags, decision.request.partition_key
    span = picked or f"{tags[RANGE_START]}...{tags[RANGE_END]}"
    names = [key.to_user_string() for key in decision.request.asset_selection or ()]
    return decision.handled, span, names


REFRESHED = {
    HISTORY: Recorded(20, NOW - 50, "refresh"),
    STATISTICS: Recorded(21, NOW - 49, "refresh"),
}
"""A refresh that added a row of history."""

REFRESH = {"refresh": run_of("refresh_watchlist")}

EVERYTHING = [BACKLOG, RANKING, REPORT]


def test_nothing_new_leads_to_nothing() -> None:
    done = {HISTORY: Recorded(10, NOW, "refresh"), STATISTICS: Recorded(9, NOW, "refresh")}
    assert judge(History(), done) == Decision(10, UP_TO_DATE)
    assert judge(History(), {REPORT: Recorded(99, NOW, "by hand")}) == Decision(10, UP_TO_DATE)


@pytest.mark.parametrize(
    ("made", "span"),
    [
        ({TWO: 20}, TWO),
        ({TWO: 20, FOUR: 11}, f"{TWO}...{FOUR}"),
        ({ONE: 10, TWO: 11, THREE: 20, FOUR: 9}, f"{TWO}...{THREE}"),
    ],
)
def test_new_rows_of_history_lead_to_a_run_over_their_repositories(
    made: dict[str, int], span: str
) -> None:
    history = History(REFRESH, made=made)
    decision = judge(history, REFRESHED)
    assert summary(decision) == (21, span, EVERYTHING)
    request = decision.request
    assert request is not None
    assert (request.run_key, request.job_name) == ("publish 21", "publish_report")
    assert request.tags["repo_stats/reason"] == "statistics have changed"
    changed = [repo for repo in WATCHLIST if made.get(repo, 0) > 10]
    assert request.tags["repo_stats/repositories"] == ", ".join(changed)


def test_a_refresh_without_new_numbers_leads_to_a_run_over_all_without_the_backlog() -> None:
    decision = judge(History(REFRESH), {STATISTICS: REFRESHED[STATISTICS]})
    assert summary(decision) == (21, f"{ONE}...{FOUR}", [RANKING, REPORT])
    assert decision.request is not None
    assert decision.request.tags["repo_stats/reason"] == "repositories were refreshed"
    assert decision.request.tags["repo_stats/repositories"] == "a/one, a/two, a/three and 1 more"


def test_new_days_of_stars_are_published_as_new_numbers_are_without_the_backlog() -> None:
    recorded = {STATISTICS: REFRESHED[STATISTICS], STARS: Recorded(23, NOW - 40, "refresh")}
    history = History(REFRESH, published=(PUBLISHED, NOW - 599))
    assert judge(history, recorded) == Decision(10, "The report is made again in 0 min.")
    history.published = (PUBLISHED, NOW - 600)
    assert summary(judge(history, recorded)) == (23, f"{ONE}...{FOUR}", [RANKING, REPORT])
    history.planned = {RANKING: 24, REPORT: 24}
    assert summary(judge(history, recorded)) == (23, BY_HAND, [])


@pytest.mark.parametrize("asset", DAILY)
def test_what_is_read_once_a_day_leads_to_the_report_alone(asset: str) -> None:
    read = {asset: Recorded(20, NOW - 50, "daily")}
    history = History({"daily": run_of(f"refresh_{asset}")})
    assert summary(judge(history, read)) == (20, f"{ONE}...{FOUR}", [REPORT])


def test_nothing_is_made_before_every_run_that_recorded_something_has_ended() -> None:
    history = History(REFRESH, {"refresh"}, made={TWO: 20})
    assert judge(history, REFRESHED) == Decision(10, RECORDING)
    by_hand = {**REFRESHED, STATISTICS: Recorded(22, NOW - 9, "another")}
    assert judge(history, by_hand) == Decision(10, RECORDING)
    history.unfinished = {"yet another"}
    assert judge(history, REFRESHED).request is not None


PUBLISHED = run_of("publish_report")


@pytest.mark.parametrize(
    ("since", "minutes"), [(0, 10), (599, 0), (600, None), (601, None), (-1, None), (-1000, None)]
)
def test_changed_numbers_are_published_ten_minutes_after_the_last_time(
    since: float, minutes: int | None
) -> None:
    failed = run_of("publish_report", status=dg.DagsterRunStatus.FAILURE)
    history = History(REFRESH, published=(failed, NOW - since), made={TWO: 20})
    decision = judge(history, REFRESHED)
    if minutes is None:
        assert decision.request is not None
    else:
        assert decision == Decision(10, f"The report is made again in {minutes} min.")


@pytest.mark.parametrize(
    ("run", "minutes"),
    [
        (run_of("refresh_repo"), 350),
        (run_of("refresh_watchlist"), 350),
        (run_of("refresh_watchlist", STATISTICS), None),
        (run_of("__ASSET_JOB", STATISTICS), None),
        (run_of("__ASSET_JOB"), None),
        (None, None),
    ],
)
def test_unchanged_numbers_of_a_whole_refresh_are_published_six_hours_after_the_last_time(
    run: dg.DagsterRun | None, minutes: int | None
) -> None:
    runs = {} if run is None else {"refresh": run}
    history = History(runs, published=(PUBLISHED, NOW - 600))
    decision = judge(history, {STATISTICS: REFRESHED[STATISTICS]})
    reason = "" if minutes is None else f"The report is made again in {minutes} min."
    assert decision.reason == reason
    history.published = (PUBLISHED, NOW - 6 * 3600)
    assert judge(history, {STATISTICS: REFRESHED[STATISTICS]}).request is not None


def test_nothing_is_requested_while_it_is_being_made() -> None:
    started = run_of("publish_report", status=dg.DagsterRunStatus.STARTED)
    history = History(REFRESH, {started.run_id}, (started, NOW - 9999), made={TWO: 20})
    assert judge(history, REFRESHED) == Decision(10, BEING_MADE)


@pytest.mark.parametrize(
    ("run", "created", "is_enough"),
    [
        (run_of("publish_report"), NOW - 48, True),
        (run_of("publish_report", BACKLOG, RANKING, REPORT), NOW - 48, True),
        (run_of("publish_report"), NOW - 49, False),
        (run_of("publish_report", RANKING), NOW - 48, False),
        (run_of("publish_report", status=dg.DagsterRunStatus.FAILURE), NOW - 48, False),
        (run_of("publish_report", tags={PARTITION: TWO}), NOW - 48, False),
        (run_of("publish_report", tags={RANGE_START: ONE}), NOW - 48, False),
    ],
)
def test_what_somebody_published_whole_since_is_not_published_again(
    run: dg.DagsterRun, created: float, is_enough: bool
) -> None:
    history = History(REFRESH, published=(run, created), made={TWO: 20})
    decision = judge(history, REFRESHED)
    expected = (21, BY_HAND) if is_enough else (10, "The report is made again in 9 min.")
    assert (decision.handled, decision.reason) == expected


@pytest.mark.parametrize(
    ("planned_backlog", "planned", "span", "made"),
    [
        ({TWO: 19}, {RANKING: 21, REPORT: 21}, TWO, EVERYTHING),
        ({TWO: 20}, {}, f"{ONE}...{FOUR}", [RANKING, REPORT]),
        ({}, {RANKING: 22}, TWO, [BACKLOG, REPORT]),
        ({TWO: 22}, {RANKING: 22}, f"{ONE}...{FOUR}", [REPORT]),
        ({TWO: 22}, {RANKING: 22, REPORT: 22}, BY_HAND, []),
        ({}, {RANKING: 22, REPORT: 22}, TWO, [BACKLOG, REPORT]),
    ],
)
def test_what_somebody_made_since_its_inputs_is_left_out(
    planned_backlog: dict[str, int], planned: dict[str, int], span: str, made: list[str]
) -> None:
    history = History(REFRESH, made={TWO: 20}, planned_backlog=planned_backlog, planned=planned)
    assert summary(judge(history, REFRESHED)) == (21, span, made)


def test_what_the_same_run_made_of_its_own_rows_is_left_out() -> None:
    by_hand = {"refresh": run_of("__ASSET_JOB", STATISTICS, HISTORY, BACKLOG, RANKING)}
    history = History(by_hand, made={TWO: 20})
    made = {
        **REFRESHED,
        BACKLOG: Recorded(22, NOW - 48, "refresh"),
        RANKING: Recorded(23, NOW - 47, "refresh"),
    }
    assert summary(judge(history, made)) == (23, TWO, [REPORT])
    made[RANKING] = Recorded(15, NOW - 60, "refresh")
    assert summary(judge(history, made)) == (22, TWO, [RANKING, REPORT])
    made[RANKING] = Recorded(23, NOW - 47, "another")
    history.runs["another"] = run_of("__ASSET_JOB", RANKING)
    assert summary(judge(history, made)) == (23, TWO, [RANKING, REPORT])


@pytest.mark.parametrize("asset", [BACKLOG, RANKING])
@pytest.mark.parametrize(
    ("job", "report", "made"),
    [
        ("__ASSET_JOB", 0, [REPORT]),
        ("__ASSET_JOB", 19, [REPORT]),
        ("__ASSET_JOB", 20, []),
        ("publish_report", 0, []),
        (None, 0, []),
    ],
)
def test_the_report_follows_a_part_that_somebody_made_without_it(
    asset: str, job: str | None, report: int, made: list[str]
) -> None:
    history = History({} if job is None else {"run": run_of(job, asset)})
    recorded = {asset: Recorded(20, NOW - 50, "run"), REPORT: Recorded(report, NOW, "run")}
    decision = judge(history, recorded)
    expected = (20, f"{ONE}...{FOUR}", made) if made else (10, UP_TO_DATE, [])
    assert summary(decision) == expected
