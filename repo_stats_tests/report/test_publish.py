"""Publishing the report: which pages are written, kept and removed, and what is left out."""

import re
from collections.abc import Callable, Collection
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.report.data import RepositoryReport
from repo_stats.report.numbers import RepositoryNumbers
from repo_stats.report.pages import make_repository_page
from repo_stats.report.publish import Publication, publish
from repo_stats.report.repository_pages import SHOWN
from repo_stats.report.takeaways.badges import BADGES
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats_tests.helpers.report_data import NOW, fill_warehouse
from repo_stats_tests.helpers.stored import CaseBlindFiles

REPOS = ["acme/rocket", "acme/tiny-tools"]


def publish_some(root: Path, *repos: str) -> Publication:
    return publish(Files(str(root)), repos, NOW)


def test_only_files_of_repositories_no_longer_watched_are_removed(tmp_path: Path) -> None:
    repos = [*REPOS, "gone/one"]
    fill_warehouse(str(tmp_path), repos, days=0)
    publish_some(tmp_path, *repos)
    folder = tmp_path / "report" / "acme"
    (folder / "copy.txt").write_bytes((folder / "rocket.html").read_bytes())
    (folder / "mine.js").write_text("const TIMES = {};")
    (folder / "folder.html").mkdir()
    for name in ("mine.html", "tiny-tools.html"):
        (folder / name).write_bytes(b"not UTF-8: \xff")
    assert publish_some(tmp_path, REPOS[1]).pages == 4
    report = tmp_path / "report"
    there = {str(path.relative_to(report)) for path in report.rglob("*.*")}
    of_repository = {path for path in there if path.startswith("acme/tiny-tools.")}
    assert there - of_repository == {
        *("charts.js", "compare.html", "digest.html", "index.html", "_times/acme.js", "feed.xml"),
        *("owners.csv", "repositories.csv", "numbers.json"),
        *(f"data/{schema.name}.parquet" for schema in SHOWN),
        *("acme/copy.txt", "acme/folder.html", "acme/mine.html", "acme/mine.js"),
    }
    assert {path.removeprefix("acme/tiny-tools.") for path in of_repository} == {
        *("html", "js"),
        *(f"badge-{name}.json" for name in BADGES),
        *("ages.csv", "authors.csv", "oldest.csv", "wanted.csv", "unanswered.csv", "numbers.json"),
        *("stars.csv", "stars.svg", "stars-dark.svg"),
    }
    assert "Repository statistics" not in (folder / "mine.html").read_bytes().decode("latin-1")
    assert "acme/tiny-tools" in (folder / "tiny-tools.html").read_text()


def test_a_publication_says_where_its_pages_are_and_how_large_they_are(tmp_path: Path) -> None:
    fill_warehouse(str(tmp_path), REPOS[:1], days=0)
    publication = publish_some(tmp_path, REPOS[0])
    pages = [*(tmp_path / "report").rglob("*.html")]
    beside = [*(tmp_path / "report" / "acme").glob("rocket.*[!l]")]
    assert publication.path == str(tmp_path / "report" / "index.html")
    assert publication.pages == len(pages) == 4
    assert publication.size == sum(page.stat().st_size for page in (*pages, *beside))
    assert publication.picture.startswith(b"\x89PNG")
    assert 0 < publication.seconds < 600
    assert publication.warnings == []


def test_where_case_is_ignored_the_page_of_another_spelling_stays(tmp_path: Path) -> None:
    files = CaseBlindFiles(str(tmp_path))
    fill_warehouse(str(tmp_path), ["acme/rocket"], days=0)
    publish(files, ["acme/rocket"], NOW)
    publish(files, ["Acme/Rocket"], NOW)
    names = files.names("report/acme")
    assert {"rocket.html", "rocket.js", "rocket.ages.csv", "rocket.badge-stars.json"} <= {*names}
    assert len({name.lower() for name in names}) == len(names)


def test_a_damaged_table_costs_its_chart_which_says_why(tmp_path: Path) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=30)
    damaged = {
        name: tmp_path / name / f"{REPOS[0]}.parquet"
        for name in (
            *("repo_history", "star_days", "issue_backlog", "issue_trends", "repo_metadata"),
        )
    }
    for file in damaged.values():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"damaged")
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 6
    page = (tmp_path / "report" / f"{REPOS[0]}.html").read_text()
    for name, times in (("repo_history", 1), ("issue_backlog", 1), ("issue_trends", 4)):
        assert page.count(f"{damaged[name]} is damaged") == times
    assert len(publication.warnings) == 5
    for said, file in zip(publication.warnings, damaged.values(), strict=True):
        assert said.startswith(f"The page of {REPOS[0]} lacks a part: {file} is damaged")


@pytest.mark.parametrize("name", ["repo_statistics", "open_issues", "issues_per_user"])
def test_no_page_calls_damaged_rows_none(tmp_path: Path, name: str) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=0)
    file = tmp_path / name / f"{REPOS[0]}.parquet"
    file.write_bytes(b"damaged")
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 4
    [warning] = publication.warnings
    assert warning.startswith(f"{REPOS[0]} is left out: {file} is damaged")
    assert warning.endswith(f"refresh {REPOS[0]} to write it again.")


def test_a_repository_of_which_nothing_is_open_has_a_page(tmp_path: Path) -> None:
    fill_warehouse(str(tmp_path), REPOS[:1], days=0)
    (tmp_path / "open_issues" / f"{REPOS[0]}.parquet").unlink()
    assert publish_some(tmp_path, REPOS[0]).warnings == []
    assert "Nothing is open." in (tmp_path / "report" / f"{REPOS[0]}.html").read_text()


def test_a_repository_that_cannot_be_read_keeps_its_page_and_is_named_on_the_first(
    tmp_path: Path,
) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=0)
    publish_some(tmp_path, *REPOS[:2])
    page = tmp_path / "report" / f"{REPOS[0]}.html"
    before = page.read_bytes()
    table = tmp_path / "open_issues" / f"{REPOS[0]}.parquet"
    table.unlink()
    table.mkdir()
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 4
    assert page.read_bytes() == before
    [warning] = publication.warnings
    assert warning.startswith(f"{REPOS[0]} is left out: ")
    assert "cannot be read (Is a directory)" in warning
    index = (tmp_path / "report" / "index.html").read_text()
    assert f"<strong>{REPOS[0]}</strong> is left out: " in index


def test_a_page_that_cannot_be_made_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=0)

    def make(report: RepositoryReport, numbers: RepositoryNumbers, tables: Collection[str]) -> str:
        if report.repo == REPOS[0]:
            raise ValueError("no page")
        return make_repository_page(report, numbers, tables)

    monkeypatch.setattr("repo_stats.report.repository_pages.make_repository_page", make)
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 4
    [warning] = publication.warnings
    assert warning.startswith(f"{REPOS[0]} is left out: The work on {REPOS[0]} ended with an error")
    assert "ValueError" in warning


def test_a_repository_that_was_never_refreshed_is_named_with_the_reason(tmp_path: Path) -> None:
    tables = fill_warehouse(str(tmp_path), REPOS[:1], days=0)
    RefreshFailures(tables.files).record("acme/gone", "GitHub knows no repository.", "run", NOW)
    assert publish_some(tmp_path, REPOS[0], "acme/gone", "acme/new").warnings == [
        "acme/gone is left out: GitHub knows no repository.",
        "acme/new is left out: it has not been refreshed yet.",
    ]


def test_repositories_whose_names_begin_alike_are_bars_of_their_own(tmp_path: Path) -> None:
    names = [f"organisation-of-many/the-same-long-name-{n}" for n in range(3)]
    fill_warehouse(str(tmp_path), names, days=0)
    publish_some(tmp_path, *names)
    index = (tmp_path / "report" / "index.html").read_text()
    bars = re.findall(r"organisation-of-many/<wbr>the-same-long-name-(\d)</a></th>", index)
    assert sorted(bars) == ["0", "1", "2"]


def test_without_any_statistics_there_is_one_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError) as raised:
        publish_some(tmp_path, *REPOS)
    assert str(raised.value).splitlines() == [
        f"{repo}: it has not been refreshed yet." for repo in REPOS
    ]


def test_a_refresh_can_be_followed_by_the_job_that_makes_the_report(
    simulate: Callable[..., Simulator],
    settings_for: Callable[..., Settings],
    run: Callable[..., dg.ExecuteInProcessResult],
) -> None:
    simulate(Shape("acme/one", 30, 5), Shape("acme/none", 0, 0))
    settings = settings_for("acme/one", "acme/none")
    assert run(settings).success
    result = run(settings, "publish_report")
    assert result.success
    [event] = [
        e for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey("report")
    ]
    metadata = event.materialization.metadata
    assert metadata["pages"].value == 6
    assert (
        metadata["written"].value == len(list(Path(settings.warehouse).rglob("report/**/*.*"))) - 1
    )
    assert "data:image/png;base64," in str(metadata["open_items"].value)
    index = Path(settings.warehouse) / "report" / "index.html"
    assert str(metadata["dagster/uri"].value) == str(index)
    assert metadata["first_page"] == dg.MetadataValue.path(str(index))
    assert metadata["link"] == dg.MetadataValue.url(index.as_uri())
    assert "acme/none" in index.read_text()
