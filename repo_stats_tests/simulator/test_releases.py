"""The simulated releases: pages, embedded assets, counters that rise, and changes of assets."""

from repo_stats.simulator.generator import LATEST
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.releases import make_releases
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.simulated_api import URL, get

RELEASES = f"{URL}/releases"

DAY = 86_400.0


def test_releases_are_cut_into_pages_and_have_at_most_a_hundred_assets_each(
    rocket: Simulate,
) -> None:
    simulator = rocket()
    repository = find_repository(simulator, "acme/rocket")
    repository.releases = make_releases("acme/rocket", 5, LATEST, releases=3, assets=130)
    first, second = get(simulator, f"{RELEASES}?per_page=2", f"{RELEASES}?per_page=2&page=2")
    assert [len(page.json()) for page in (first, second)] == [2, 1]
    assert 'page=2>; rel="next"' in first.headers["link"]
    assert "link" not in second.headers
    assert {len(release["assets"]) for release in first.json()} == {100}
    number = first.json()[0]["id"]
    pages = get(
        simulator,
        *(f"{RELEASES}/{number}/assets?per_page=100&page={page}" for page in (1, 2, 3)),
        f"{RELEASES}/1/assets",
    )
    assert [page.status_code for page in pages] == [200, 200, 200, 404]
    assert [len(page.json()) for page in pages[:3]] == [100, 30, 0]


def test_counters_rise_by_the_day_and_never_fall(rocket: Simulate) -> None:
    now = LATEST.timestamp() + 40 * DAY
    simulator = rocket(clock=lambda: now)
    counts = []
    for _ in range(3):
        [listed] = get(simulator, RELEASES)
        counts.append([a["download_count"] for r in listed.json() for a in r["assets"]])
        now += DAY
    assert len(counts[0]) == 6
    rises = [later - count for count, later in zip(counts[0], counts[2], strict=True)]
    assert min(rises) >= 0
    assert max(rises) > 0


def test_assets_are_downloaded_uploaded_again_and_deleted(rocket: Simulate) -> None:
    now = LATEST.timestamp()
    simulator = rocket(clock=lambda: now)
    [before] = get(simulator, RELEASES)
    kinds = (MutationKind.DOWNLOAD, MutationKind.REUPLOAD, MutationKind.DELETE_ASSET)
    simulator.schedule(*(Mutation(kind, 1, index=place) for place, kind in enumerate(kinds)))
    _, after = get(simulator, RELEASES, RELEASES)
    old, new = (
        [asset for release in page.json() for asset in release["assets"]]
        for page in (before, after)
    )
    assert (len(old), len(new)) == (6, 5)
    assert new[0] == {**old[0], "download_count": old[0]["download_count"] + 1}
    assert (new[1]["name"], new[1]["download_count"]) == (old[1]["name"], 0)
    assert new[1]["id"] not in {asset["id"] for asset in old}
    assert new[2:] == old[3:]
