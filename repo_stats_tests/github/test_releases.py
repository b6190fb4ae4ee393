"""The assets of releases: all pages of them, each asset once, and nothing that is no asset."""

from typing import Any

import httpx
import pytest

from repo_stats.github.errors import EndlessListError, TransientError
from repo_stats.github.fields import FieldError
from repo_stats.github.releases import Asset, parse_assets
from repo_stats.simulator.generator import LATEST, Shape
from repo_stats.simulator.releases import make_releases
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.audience import REPO, Watch, releases
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository


def simulator_of(simulate: Simulate, count: int, assets: int) -> Simulator:
    simulator = simulate(Shape(REPO, 3, 2), clock=Watch())
    repository = find_repository(simulator, REPO)
    repository.releases = make_releases(REPO, 5, LATEST, releases=count, assets=assets)
    return simulator


def numbers_of(simulator: Simulator) -> set[int]:
    listed = find_repository(simulator, REPO).releases
    return {asset["id"] for release in listed for asset in release["assets"]}


@pytest.mark.parametrize(
    ("count", "assets", "requests"),
    [(0, 0, 1), (100, 1, 1), (101, 1, 2), (2, 99, 1), (1, 100, 2), (2, 250, 7)],
)
def test_every_asset_is_read_once_however_many_there_are(
    simulate: Simulate, count: int, assets: int, requests: int
) -> None:
    simulator = simulator_of(simulate, count, assets)
    found = releases(simulator)
    assert set(found.assets) == numbers_of(simulator)
    assert len(found.assets) == count * assets
    assert len(simulator.log) == requests
    assert {logged.status for logged in simulator.log} == {200}


def test_drafts_and_files_that_are_being_uploaded_are_left_out(simulate: Simulate) -> None:
    simulator = simulator_of(simulate, 3, 2)
    listed = find_repository(simulator, REPO).releases
    listed[0]["draft"] = True
    listed[1]["assets"][0]["state"] = "open"
    kept = [listed[1]["assets"][1], *listed[2]["assets"]]
    assert list(releases(simulator).assets) == [asset["id"] for asset in kept]


def test_a_list_that_moved_between_two_pages_is_read_again_if_an_asset_is_missing(
    simulate: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = simulator_of(simulate, 150, 1)
    known = numbers_of(simulator)
    repository = find_repository(simulator, REPO)
    whole = list(repository.releases)
    del repository.releases[100]  # it is hidden between two pages the first time

    def put_back() -> None:
        if len(simulator.log) == 1:
            repository.releases[:] = whole

    restless = _after_each(simulator, put_back)
    monkeypatch.setattr(simulator, "app", restless)
    assert set(releases(simulator, known).assets) == known
    assert len(simulator.log) == 2, "what was put back is on the second page"
    gone = known | {1}
    assert set(releases(simulator, gone).assets) == known
    assert len(simulator.log) == 6, "a missing one was looked for twice, on two pages each"


def _after_each(simulator: Simulator, change: Any) -> Any:
    inner = simulator.app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)
        change()

    return app


def test_a_list_of_one_page_is_never_read_again(simulate: Simulate) -> None:
    simulator = simulator_of(simulate, 3, 2)
    assert len(releases(simulator, [1, 2]).assets) == 6
    assert len(simulator.log) == 1


def test_a_release_without_end_is_left(simulate: Simulate) -> None:
    simulator = simulator_of(simulate, 1, 1_001)
    with pytest.raises(EndlessListError, match="more than 1,000 releases or assets of acme/rocket"):
        releases(simulator)
    assert len(simulator.log) == 1 + 10


ASSET = {"id": 7, "name": "x.zip", "state": "uploaded", "download_count": 3}


@pytest.mark.parametrize(
    ("items", "says"),
    [
        (None, "'assets' is no list of objects"),
        ([3], "'assets' is no list of objects"),
        ([ASSET, ASSET], "an asset is there twice"),
        ([{**ASSET, "download_count": -1}], "'download_count' is below 0"),
        ([{**ASSET, "id": 0}], "'id' is below 1"),
        ([{**ASSET, "name": None}], "'name' is null"),
        ([{"id": 7}], "no 'state'"),
    ],
)
def test_a_spoiled_asset_is_refused(items: object, says: str) -> None:
    assert parse_assets([ASSET], "v1") == {7: Asset("v1", 7, "x.zip", 3)}
    with pytest.raises(FieldError) as refusal:
        parse_assets(items, "v1")
    assert str(refusal.value) == says


@pytest.mark.parametrize("spoiled", [{"tag_name": None}, {"id": 0}, {"assets": {}}, None])
def test_a_spoiled_release_is_told_and_may_pass(simulate: Simulate, spoiled: Any) -> None:
    simulator = simulator_of(simulate, 2, 1)
    item = spoiled and {"draft": False, "tag_name": "v1", "id": 3, "assets": [], **spoiled}
    simulator.app = _answering(httpx.Response(200, json=[item]))
    with pytest.raises(TransientError, match="the releases of acme/rocket cannot be right") as told:
        releases(simulator)
    assert str(told.value).endswith("; what is stored stays, try again later.")


def _answering(response: httpx.Response) -> Any:
    from starlette.responses import Response

    return Response(response.content, 200, {"content-type": "application/json"})
