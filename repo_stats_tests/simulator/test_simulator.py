"""The simulator: it answers as GitHub does where a client can tell the difference."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from repo_stats.simulator.changes import open_issue
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
from repo_stats.simulator.limits import LimitRules, Limits
from repo_stats.simulator.recorded import load_recorded
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.recorded import RECORDED, SCHEMAS
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get, numbers

Simulate = Callable[..., Simulator]


@pytest.fixture
def rocket(simulate: Simulate) -> Callable[..., Simulator]:
    return lambda items=45, **options: simulate(Shape("acme/rocket", items, 5), **options)


def walk(simulator: Simulator, url: str) -> list[list[int]]:
    """The item numbers on each page, along `next`."""
    pages = []
    while url:
        [response] = get(simulator, url)
        pages.append(numbers(response))
        url = response.links.get("next", {}).get("url", "")
    return pages


def test_the_default_repository_has_the_numbers_of_the_tutorial() -> None:
    repository = generate_repository(PREFECT)
    described = repository.describe()
    assert (described["stargazers_count"], described["forks_count"]) == (12159, 1251)
    opened = [issue for issue in repository.issues if issue["state"] == "open"]
    users = {(issue["user"] or {"id": 10137})["id"] for issue in opened}
    assert (len(opened), len(users), described["open_issues_count"]) == (591, 260, 591)
    assert any("pull_request" in issue for issue in opened)
    assert any(issue["user"] is None for issue in opened)
    assert any((issue["user"] or {}).get("login") == "ghost" for issue in opened)
    assert any((issue["user"] or {}).get("type") == "Bot" for issue in opened)
    assert any(issue["body"] is None for issue in opened)
    assert any(issue["id"] > 2**32 for issue in opened)
    assert any(not issue["title"].isascii() for issue in opened)
    assert any("<script>" in issue["title"] for issue in opened)


def test_numbers_have_gaps_and_are_not_in_the_order_of_creation() -> None:
    issues = generate_repository(PREFECT).issues
    by_creation = [i["number"] for i in sorted(issues, key=lambda i: i["created_at"])]
    assert by_creation != sorted(by_creation)
    assert max(by_creation) > len(by_creation)
    assert len(set(by_creation)) == len(by_creation)


def test_the_same_seed_gives_the_same_repository_and_another_seed_another() -> None:
    shape = Shape("a/b", 20, 5)
    assert generate_repository(shape, 3).issues == generate_repository(shape, 3).issues
    assert generate_repository(shape, 3).issues != generate_repository(shape, 4).issues


@pytest.mark.parametrize(("items", "users"), [(0, 0), (1, 1), (10, 1), (10, 10), (400, 300)])
def test_any_size_has_the_authors_asked_for(items: int, users: int) -> None:
    repository = generate_repository(Shape("a/b", items, users))
    opened = [issue for issue in repository.issues if issue["state"] == "open"]
    assert len(opened) == items
    assert len({(issue["user"] or {"id": 10137})["id"] for issue in opened}) == users


@pytest.mark.parametrize(("items", "users"), [(0, 1), (1, 0), (3, 4)])
def test_impossible_numbers_of_authors_are_refused(items: int, users: int) -> None:
    with pytest.raises(ValueError, match="cannot have"):
        generate_repository(Shape("a/b", items, users))


def test_there_is_never_a_last_page_and_only_next_and_prev(rocket: Simulate) -> None:
    [first, second, past] = get(
        rocket(), *(f"{ISSUES}?per_page=20&page={page}" for page in (1, 2, 9))
    )
    assert set(first.links) == {"next"}
    assert set(second.links) == {"next", "prev"}
    assert "/repositories/" in first.links["next"]["url"]
    assert "page=2" in first.links["next"]["url"]
    assert (past.status_code, past.json(), past.links) == (200, [], {})


@pytest.mark.parametrize("query", ["", "&sort=updated&direction=asc", "&sort=comments&state=all"])
def test_the_cursor_walks_the_whole_list_once(rocket: Simulate, query: str) -> None:
    simulator = rocket()
    pages = walk(simulator, f"{ISSUES}?per_page=20{query}")
    [whole] = get(simulator, f"{ISSUES}?per_page=100{query}")
    assert [number for page in pages for number in page] == numbers(whole)
    assert all(len(page) == 20 for page in pages[:-1])


def test_the_way_back_leads_through_the_same_pages(rocket: Simulate) -> None:
    simulator = rocket()
    [first] = get(simulator, f"{ISSUES}?per_page=20")
    [second] = get(simulator, first.links["next"]["url"])
    [back] = get(simulator, second.links["prev"]["url"])
    assert numbers(back) == numbers(first)


def test_a_cursor_does_not_shift_when_items_before_it_leave(rocket: Simulate) -> None:
    simulator = rocket()
    [first] = get(simulator, f"{ISSUES}?per_page=20&direction=asc")
    [before] = get(simulator, first.links["next"]["url"])
    closed = numbers(first)[0]
    [repository] = simulator.world.repositories.values()
    next(i for i in repository.issues if i["number"] == closed)["state"] = "closed"
    [after] = get(simulator, first.links["next"]["url"])
    [shifted] = get(simulator, f"{ISSUES}?per_page=20&direction=asc&page=2")
    assert numbers(after) == numbers(before)
    assert numbers(shifted) != numbers(before)


def test_page_numbers_end_at_the_cap_and_cursors_do_not(rocket: Simulate) -> None:
    simulator = rocket(page_cap=20)
    refused, taken = get(simulator, f"{ISSUES}?per_page=10&page=3", f"{ISSUES}?per_page=10&page=2")
    assert refused.status_code == 422
    assert refused.json()["message"].startswith("Pagination with the page parameter is not")
    assert get(simulator, taken.links["next"]["url"])[0].status_code == 200


@pytest.mark.parametrize(
    ("query", "rows"),
    [("per_page=1000", 45), ("per_page=0", 30), ("per_page=x", 30), ("", 30), ("page=0", 30)],
)
def test_page_sizes_are_clamped(rocket: Simulate, query: str, rows: int) -> None:
    assert len(get(rocket(), f"{ISSUES}?{query}")[0].json()) == rows


def test_since_is_inclusive_and_the_epoch_finds_nothing(rocket: Simulate) -> None:
    simulator = rocket()
    [everything] = get(simulator, f"{ISSUES}?per_page=100&state=all&sort=updated")
    newest = everything.json()[0]["updated_at"]
    recent, none = get(
        simulator,
        f"{ISSUES}?state=all&since={newest}",
        f"{ISSUES}?state=all&since=1970-01-01T00:00:00Z",
    )
    assert [issue["updated_at"] for issue in recent.json()] == [newest]
    assert none.json() == []


def test_since_is_read_in_any_time_zone_in_whole_seconds_or_refused(rocket: Simulate) -> None:
    simulator = rocket()
    [everything] = get(simulator, f"{ISSUES}?per_page=100&state=all&sort=updated")
    newest = datetime.fromisoformat(everything.json()[0]["updated_at"].removesuffix("Z"))
    east = (newest + timedelta(hours=2)).isoformat()
    zoned, fraction, refused = get(
        simulator,
        f"{ISSUES}?state=all&since={east}%2B02:00",
        f"{ISSUES}?state=all&since={newest.isoformat()}.900000Z",
        f"{ISSUES}?since=yesterday",
    )
    assert numbers(zoned) == numbers(fraction) == numbers(everything)[:1]
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "since")


@pytest.mark.parametrize("sort", ["created", "updated", "comments"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_since_leaves_out_what_is_older_in_every_order(
    rocket: Simulate, sort: str, direction: str
) -> None:
    simulator = rocket()
    order = f"{ISSUES}?per_page=100&state=all&sort={sort}&direction={direction}"
    [whole] = get(simulator, order)
    since = sorted(issue["updated_at"] for issue in whole.json())[40]
    [recent] = get(simulator, f"{order}&since={since}")
    kept = [issue["number"] for issue in whole.json() if issue["updated_at"] >= since]
    assert numbers(recent) == kept
    pages = walk(simulator, f"{order.replace('=100', '=7')}&since={since}")
    assert [number for page in pages for number in page] == kept


def test_an_unknown_state_is_refused_and_an_unknown_sort_ignored(rocket: Simulate) -> None:
    bad_state, bad_sort, plain, *bad_cursors = get(
        rocket(),
        f"{ISSUES}?state=closd",
        f"{ISSUES}?sort=stars&state=all&direction=asc",
        ISSUES,
        f"{ISSUES}?after=nonsense",
        f"{ISSUES}?before={base64.urlsafe_b64encode(b'[1, 2]').decode()}",
    )
    assert [bad.status_code for bad in (bad_state, *bad_cursors)] == [422, 422, 422]
    assert bad_state.json()["errors"] == [
        {"resource": "Issue", "field": "state", "code": "invalid"}
    ]
    assert numbers(bad_sort) == numbers(plain)


def test_validators_are_per_token_and_a_304_is_free_with_one(rocket: Simulate) -> None:
    simulator = rocket()
    [mine] = get(simulator, ISSUES, authorization="Bearer mine")
    etag = mine.headers["etag"]
    assert etag.startswith('W/"')
    [same] = get(simulator, ISSUES, authorization="Bearer mine", **{"if-none-match": etag})
    [strong] = get(simulator, ISSUES, authorization="Bearer mine", **{"if-none-match": etag[2:]})
    [other] = get(simulator, ISSUES, authorization="Bearer other", **{"if-none-match": etag})
    [anonymous] = get(simulator, ISSUES)
    [charged] = get(simulator, ISSUES, **{"if-none-match": anonymous.headers["etag"]})
    assert [r.status_code for r in (same, strong, other, charged)] == [304, 304, 200, 304]
    assert same.content == b""
    assert [request.charged for request in simulator.log] == [True, False, False, True, True, True]


def test_a_validator_is_weak_only_where_the_body_is_compressed(rocket: Simulate) -> None:
    simulator = rocket()
    [packed] = get(simulator, ISSUES)
    [plain] = get(simulator, ISSUES, **{"accept-encoding": "identity"})
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert packed.json() == plain.json()
    [same] = get(simulator, ISSUES, **{"if-none-match": plain.headers["etag"]})
    assert same.status_code == 304


def test_the_validator_of_a_repository_does_not_cover_its_counters(rocket: Simulate) -> None:
    simulator = rocket()
    [before] = get(simulator, URL)
    [repository] = simulator.world.repositories.values()
    repository.object["stargazers_count"] += 1
    [after] = get(simulator, URL)
    assert after.json() != before.json()
    assert after.headers["etag"] == before.headers["etag"]


def test_the_quota_is_counted_told_and_enforced(rocket: Simulate) -> None:
    simulator = rocket(rules=LimitRules(anonymous=2, authorized=3))
    first, second, third = get(simulator, URL, URL, URL)
    remaining = [r.headers["x-ratelimit-remaining"] for r in (first, second, third)]
    assert remaining == ["1", "0", "0"]
    assert (third.status_code, third.json()["message"]) == (403, "API rate limit exceeded.")
    [other] = get(simulator, URL, authorization="token abc")
    assert other.headers["x-ratelimit-remaining"] == "2"
    used = simulator.limits.quota(None).used
    [overview] = get(simulator, "/rate_limit")
    assert simulator.limits.quota(None).used == used
    assert not simulator.log[-1].charged
    assert overview.json()["resources"]["core"]["remaining"] == 0


def test_the_quota_is_full_again_after_its_hour() -> None:
    now = 1000.0
    limits = Limits(LimitRules(anonymous=1), clock=lambda: now)
    limits.quota(None).used = 1
    assert limits.quota(None).remaining == 0
    now += 3600
    assert limits.quota(None).remaining == 1


def test_everything_goes_by_the_clock_of_the_simulator(rocket: Simulate) -> None:
    ticks = count(1_000)
    simulator = rocket(
        clock=lambda: float(next(ticks)), faults=[Fault(FaultKind.EXHAUSTED, 2)], latency=1e-9
    )
    told, exhausted = get(simulator, URL, URL)
    first, second = simulator.log
    assert 1_000 <= first.at < first.answered_at < second.at < second.answered_at
    assert parsedate_to_datetime(told.headers["date"]).timestamp() == first.answered_at
    assert int(told.headers["x-ratelimit-reset"]) < 5_000
    assert int(exhausted.headers["x-ratelimit-reset"]) == second.answered_at + 1


def test_the_newer_api_version_drops_what_github_dropped(
    rocket: Simulate,
) -> None:
    simulator = rocket()
    answers = get(simulator, URL, ISSUES, "/rate_limit", **{"x-github-api-version": "2026-03-10"})
    described, listed, limits = [answer.json() for answer in answers]
    assert "has_downloads" not in described
    assert not any("assignee" in issue for issue in listed)
    assert "rate" not in limits
    assert all("assignee" in issue for issue in get(simulator, ISSUES)[0].json())


def test_too_many_requests_a_minute_meet_the_secondary_limit(rocket: Simulate) -> None:
    simulator = rocket(rules=LimitRules(per_minute=2))
    *_, third = get(simulator, URL, URL, URL)
    assert third.status_code == 403
    assert "secondary rate limit" in third.json()["message"]


def test_enterprise_server_has_its_own_path_and_no_limits(rocket: Simulate) -> None:
    simulator = rocket(rules=LimitRules(enabled=False))
    listed, limit = get(simulator, f"/api/v3{ISSUES}", "/api/v3/rate_limit")
    assert listed.links["next"]["url"].startswith("http://github/api/v3/repositories/")
    assert not [name for name in listed.headers if name.startswith("x-ratelimit")]
    assert (limit.status_code, limit.json()["message"]) == (404, "Rate limiting is not enabled.")


def test_a_renamed_repository_redirects_with_its_query(rocket: Simulate) -> None:
    simulator = rocket()
    simulator.world.rename("acme/rocket", "acme/shuttle")
    moved, listed, found = get(simulator, URL, f"{ISSUES}?page=2", "/repos/ACME/Shuttle")
    number = found.json()["id"]
    assert moved.status_code == 301
    assert moved.headers["location"] == f"http://github/repositories/{number}"
    assert listed.headers["location"].endswith(f"/repositories/{number}/issues?page=2")
    assert get(simulator, moved.headers["location"])[0].json()["full_name"] == "acme/shuttle"


def test_a_name_taken_again_does_not_redirect(rocket: Simulate) -> None:
    simulator = rocket()
    newcomer = generate_repository(Shape("acme/rocket", 3, 1), seed=2)
    simulator.world.take_over(newcomer, "acme/old")
    [found] = get(simulator, URL)
    assert found.json()["id"] == newcomer.id
    newcomer.trouble = Trouble.MISSING
    assert get(simulator, URL)[0].status_code == 404
    assert get(simulator, "/repos/acme/old")[0].json()["id"] != newcomer.id


def test_unknown_places_bad_tokens_and_nameless_clients_are_refused(rocket: Simulate) -> None:
    simulator = rocket(tokens=frozenset({"good"}))
    assert [r.status_code for r in get(simulator, "/repos/no/body", "/repositories/1", "/x")] == [
        *(404, 404, 404),
    ]
    [bad] = get(simulator, URL, authorization="Bearer bad")
    assert (bad.status_code, bad.json()["message"]) == (401, "Bad credentials")
    assert get(simulator, URL, **{"user-agent": ""})[0].status_code == 403


@pytest.mark.parametrize(
    ("kind", "status", "holds"),
    [
        (FaultKind.SERVER_ERROR, 500, "Server Error"),
        (FaultKind.BAD_GATEWAY, 502, "Unicorn"),
        (FaultKind.NOT_JSON, 200, "Unicorn"),
        (FaultKind.WRONG_SHAPE, 200, "unexpected"),
        (FaultKind.EMPTY_LIST, 200, "[]"),
        (FaultKind.EXHAUSTED, 403, "API rate limit exceeded"),
        (FaultKind.SECONDARY, 403, "secondary rate limit"),
        (FaultKind.RETRY_AFTER, 429, "secondary rate limit"),
    ],
)
def test_a_fault_happens_on_the_nth_matching_request_only(
    rocket: Simulate, kind: FaultKind, status: int, holds: str
) -> None:
    simulator = rocket(faults=[Fault(kind, 2, path="/issues")])
    before, elsewhere, spoilt, after = get(simulator, ISSUES, URL, ISSUES, ISSUES)
    assert (spoilt.status_code, holds in spoilt.text) == (status, True)
    assert [r.status_code for r in (before, elsewhere, after)] == [200, 200, 200]
    assert numbers(before) == numbers(after)


def test_limits_say_how_long_only_where_they_do_on_github(rocket: Simulate) -> None:
    simulator = rocket(
        faults=[
            Fault(FaultKind.EXHAUSTED, 1),
            Fault(FaultKind.SECONDARY, 2),
            Fault(FaultKind.RETRY_AFTER, 3),
        ]
    )
    exhausted, secondary, retry_after = get(simulator, URL, URL, URL)
    assert exhausted.headers["x-ratelimit-remaining"] == "0"
    assert not [name for name in secondary.headers if "ratelimit" in name or name == "retry-after"]
    assert retry_after.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("kind", "error"),
    [(FaultKind.RESET, httpx.ReadError), (FaultKind.TRUNCATED, httpx.RemoteProtocolError)],
)
def test_a_cut_connection_is_cut_on_a_real_socket(
    rocket: Simulate,
    serve: Callable[[Simulator], str],
    kind: FaultKind,
    error: type[Exception],
) -> None:
    simulator = rocket(faults=[Fault(kind, 1)])
    url = serve(simulator) + URL
    with httpx.Client() as client:
        with pytest.raises(error):
            client.get(url)
        assert client.get(url).json()["full_name"] == "acme/rocket"
    assert [request.status for request in simulator.log] == [0, 200]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("reset@3", Fault(FaultKind.RESET, 3)),
        ("secondary@1x2", Fault(FaultKind.SECONDARY, 1, 2)),
        ("not_json@2:/issues", Fault(FaultKind.NOT_JSON, 2, 1, "/issues")),
    ],
)
def test_a_fault_can_be_written_as_text(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault


@pytest.mark.parametrize("text", ["", "reset", "reset@", "reset@0", "boom@1", "reset@1x0"])
def test_what_is_no_fault_is_refused_with_the_kinds(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no fault; .* server_error, bad_gateway"):
        Fault.parse(text)


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    if not SCHEMAS.exists():
        pytest.skip("needs GitHub's API description in ../shared")
    description: dict[str, Any] = json.loads(SCHEMAS.read_text())
    version = description["x-api-version-2022-11-28"]["components"]["schemas"]
    description["components"]["schemas"].update(version)
    return description


@pytest.mark.parametrize(
    ("url", "schema"),
    [
        ("/repos/PrefectHQ/prefect", {"$ref": "#/components/schemas/full-repository"}),
        (
            "/repos/PrefectHQ/prefect/issues?state=all&per_page=100&page={page}",
            {"type": "array", "items": {"$ref": "#/components/schemas/issue"}},
        ),
        ("/rate_limit", {"$ref": "#/components/schemas/rate-limit-overview"}),
        ("/repos/no/body", {"$ref": "#/components/schemas/basic-error"}),
        (
            "/repos/PrefectHQ/prefect/issues?page=99&per_page=100",
            {"$ref": "#/components/schemas/basic-error"},
        ),
    ],
)
def test_answers_are_as_githubs_api_description_has_them(
    schemas: dict[str, Any], url: str, schema: dict[str, Any]
) -> None:
    simulator = Simulator(World.of([generate_repository(PREFECT)]))
    validator = jsonschema.Draft202012Validator({**schemas, **schema})
    pages = range(1, 10) if "{page}" in url else [0]
    for response in get(simulator, *(url.format(page=page) for page in pages)):
        validator.validate(response.json())


def test_a_new_item_is_as_githubs_api_description_has_it(schemas: dict[str, Any]) -> None:
    repository = generate_repository(Shape("acme/rocket", 5, 2))
    opened = [open_issue(repository, 1_800_000_000.5) for _ in range(20)]
    issues = {"type": "array", "items": {"$ref": "#/components/schemas/issue"}}
    jsonschema.Draft202012Validator({**schemas, **issues}).validate(opened)
    assert len({"pull_request" in issue for issue in opened}) == 2


@pytest.mark.skipif(not RECORDED.exists(), reason="needs recorded API objects in ../shared")
def test_recorded_objects_are_served_as_they_are() -> None:
    repository = load_recorded(RECORDED)
    simulator = Simulator(World.of([repository]))
    described, *pages = get(
        simulator,
        "/repos/rails/rails",
        *(f"/repos/rails/rails/issues?state=all&per_page=100&page={n}" for n in range(1, 6)),
    )
    assert described.json()["open_issues_count"] == 602
    served = {issue["id"]: issue for page in pages for issue in page.json()}
    assert served == {issue["id"]: issue for issue in repository.issues}


def test_a_folder_without_recorded_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_recorded(tmp_path)
