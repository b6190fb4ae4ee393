"""What GitHub tells of traffic: read strictly, or refused with a sentence."""

from datetime import date, datetime, timezone
from typing import Any

import pytest

from repo_stats.github.errors import ForbiddenError, PermanentError, TransientError
from repo_stats.github.fields import FieldError
from repo_stats.github.traffic import Popular, parse_days, parse_popular
from repo_stats.simulator.accounts import Access
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.audience import REPO, Watch, snapshots
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def day(timestamp: object = "2026-11-20T00:00:00Z", count: object = 5, uniques: object = 2) -> Any:
    return {"timestamp": timestamp, "count": count, "uniques": uniques}


def test_days_are_read_with_their_counts() -> None:
    body = {"count": 8, "uniques": 3, "views": [day(), day("2026-11-22T00:00:00Z", 3, 3)]}
    counts = parse_days(body, "views", TODAY)
    assert counts.days == {date(2026, 11, 20): (5, 2), date(2026, 11, 22): (3, 3)}
    assert counts.first == date(2026, 11, 10)
    early = parse_days({"views": [day("2026-11-09T00:00:00Z")]}, "views", TODAY)
    assert early.first == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("views", "says"),
    [
        (None, "'views' is no list of objects"),
        (["x"], "'views' is no list of objects"),
        ([day()] * 17, "'views' has more than 16 entries"),
        ([day(), day()], "2026-11-20 is there twice"),
        ([day("2026-11-20T01:00:00Z")], "2026-11-20T01:00:00Z is no beginning of a day"),
        ([day("2026-11-24T00:00:00Z")], "2026-11-24 is not one of the last 14 days"),
        ([day("2026-11-07T00:00:00Z")], "2026-11-07 is not one of the last 14 days"),
        ([day("yesterday")], "'timestamp' is no time with a zone"),
        ([day(count=-1)], "'count' is below 0"),
        ([day(count="5")], "'count' is a text"),
        ([day(uniques=6)], "'uniques' is above 'count'"),
        ([{}], "no 'timestamp'"),
    ],
)
def test_a_spoiled_day_is_refused(views: object, says: str) -> None:
    with pytest.raises(FieldError) as refusal:
        parse_days({"views": views}, "views", TODAY)
    assert str(refusal.value) == says


def test_sites_and_pages_are_read_in_their_order() -> None:
    counts = {"count": 4, "uniques": 2}
    sites = [{"referrer": "Google", **counts}, {"referrer": "t.co", **counts}]
    assert parse_popular(sites, "referrer") == (
        Popular("Google", "", 4, 2),
        Popular("t.co", "", 4, 2),
    )
    assert parse_popular([{"path": "/a/b", "title": "B", **counts}], "path") == (
        Popular("/a/b", "B", 4, 2),
    )
    for body, says in (
        ([{"path": "/a/b", **counts}], "no 'title'"),
        ([*sites, sites[0]], "is there twice"),
        ([7], "'referrers' is no list of objects"),
    ):
        with pytest.raises(FieldError, match=says):
            parse_popular(body, "path" if "title" in says else "referrer")


def test_a_snapshot_takes_four_requests(simulate: Simulate) -> None:
    watch = Watch(NOON)
    simulator = simulate(Shape(REPO, 5, 2, stars=900), clock=watch)
    [snapshot] = snapshots(simulator, watch, [NOON])
    assert [logged.target for logged in simulator.log] == [
        f"/repos/{REPO}/traffic/{part}"
        for part in ("views?per=day", "clones?per=day", "popular/referrers", "popular/paths")
    ]
    assert snapshot.taken_at == NOON
    assert snapshot.whole_days == (date(2026, 11, 11), date(2026, 11, 22))
    assert (len(snapshot.referrers), len(snapshot.paths)) == (10, 10)


@pytest.mark.parametrize("token", ["tok", "other"])
def test_a_missing_permission_is_one_sentence_after_one_request(
    simulate: Simulate, token: str
) -> None:
    watch = Watch(NOON)
    allowed = frozenset({token})
    simulator = simulate(Shape(REPO, 5, 2), clock=watch, access=Access(traffic=allowed))
    if token == "tok":
        assert len(snapshots(simulator, watch, [NOON])) == 1
        return
    with pytest.raises(ForbiddenError) as refusal:
        snapshots(simulator, watch, [NOON])
    assert str(refusal.value) == (
        "GitHub does not show the traffic of acme/rocket to this token: use a fine-grained token "
        "or a GitHub App with the permission Administration: read for the repository, or a classic "
        "token of somebody who may push; the token of GitHub Actions cannot have it."
    )
    assert [logged.status for logged in simulator.log] == [403]


def test_a_blocked_repository_is_no_missing_permission(simulate: Simulate) -> None:
    watch = Watch(NOON)
    simulator = simulate(Shape(REPO, 5, 2), clock=watch)
    find_repository(simulator, REPO).trouble = Trouble.BLOCKED
    with pytest.raises(PermanentError, match="has blocked access") as refusal:
        snapshots(simulator, watch, [NOON])
    assert not isinstance(refusal.value, ForbiddenError)


def test_a_spoiled_answer_is_told_and_may_pass(
    simulate: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(NOON)
    simulator = simulate(Shape(REPO, 5, 2), clock=watch)
    monkeypatch.setattr("repo_stats.simulator.traffic.count_days", lambda *_: {TODAY: (1, 2)})
    with pytest.raises(TransientError) as refusal:
        snapshots(simulator, watch, [NOON])
    assert str(refusal.value) == (
        "What GitHub tells of the traffic of acme/rocket cannot be right ('uniques' is above "
        "'count'); what is stored stays, try again later."
    )
