"""Publishing again makes only the pages whose numbers changed, and reads no other table."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from repo_stats.report.made_pages import MADE_PAGES, read_made_pages
from repo_stats.report.publish import publish
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import LEADERBOARD, REPO_STATISTICS
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.states.repo_state import RepoState, StoredFile
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.linked import linked, overwrite, write_again
from repo_stats_tests.helpers.report_data import NOW, fill_warehouse
from repo_stats_tests.helpers.stored import row_of
from repo_stats_tests.report.published_again import HOUR, REPOS, publish_again


@pytest.fixture(autouse=True)
def _no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture of the first page takes longer than all the rest."""
    monkeypatch.setattr("repo_stats.report.publish.make_picture", lambda _: b"")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published")
    fill_warehouse(str(root), REPOS, days=3)
    publish(Files(str(root)), REPOS, NOW)
    return root


@pytest.fixture
def root(published: Path, tmp_path: Path) -> Iterator[Path]:
    """A warehouse whose report was published an hour ago."""
    with linked(published, tmp_path / "warehouse") as root:
        yield root


def touch(table: str, repo: str = REPOS[1]) -> Callable[[Path], object]:
    """Write a table's file again."""

    def change(root: Path) -> None:
        write_again(root / table / f"{repo}.parquet")

    return change


def test_what_did_not_change_is_neither_read_nor_written(root: Path) -> None:
    before = (root / "report" / "index.html").read_text()
    again = publish_again(root)
    assert (again.pages, again.owners, again.tables) == (set(), set(), set())
    assert (again.publication.pages, again.publication.written) == (7, 1)
    after = (root / "report" / "index.html").read_text()
    created = ("2026-09-02T12:00:00+00:00", "2026-09-02T13:00:00+00:00")
    texts = ("2026-09-02 12:00 UTC", "2026-09-02 13:00 UTC")
    for earlier, later in (created, texts):
        before = before.replace(earlier, later)
    assert after == before
    made = {*(root / "report").rglob("*.html"), *(root / "report" / "acme").glob("*")}
    made |= {*(root / "report" / "octo").glob("*")}
    whole = sum(path.stat().st_size for path in made)
    assert again.publication.size == whole


@pytest.mark.parametrize(
    "table",
    [
        *("repo_statistics", "repo_metadata", "repo_history", "open_issues", "issues_per_user"),
        *("issue_backlog", "issue_trends", "star_days"),
    ],
)
def test_a_repository_with_a_new_file_of_any_table_gets_a_new_page(root: Path, table: str) -> None:
    touch(table)(root)
    again = publish_again(root)
    assert (again.pages, again.owners, again.tables) == ({REPOS[1]}, {"acme"}, {REPOS[1]})
    assert publish_again(root).pages == set()


def test_a_table_that_is_gone_or_new_changes_the_page(root: Path) -> None:
    (root / "issue_trends" / f"{REPOS[0]}.parquet").unlink()
    assert publish_again(root).pages == {REPOS[0]}


def fail(root: Path) -> None:
    RefreshFailures(Files(str(root))).record(REPOS[1], "It is gone.", "run", NOW)


def remove_numbers(root: Path) -> None:
    (root / "report" / f"{REPOS[1]}.js").unlink()


def remove_page(root: Path) -> None:
    (root / "report" / f"{REPOS[1]}.html").unlink()


def change_page(root: Path) -> None:
    overwrite(root / "report" / f"{REPOS[1]}.html", b"mine")


@pytest.mark.parametrize("change", [fail, remove_page, remove_numbers, change_page])
def test_a_page_that_is_stale_removed_or_changed_is_made_anew(
    root: Path, change: Callable[[Path], None]
) -> None:
    change(root)
    assert publish_again(root).pages == {REPOS[1]}
    page = (root / "report" / f"{REPOS[1]}.html").read_text()
    assert ("It is gone." in page) is (change is fail)
    assert publish_again(root).pages == set()


def test_the_same_failure_of_another_run_changes_nothing(root: Path) -> None:
    fail(root)
    publish_again(root)
    RefreshFailures(Files(str(root))).record(REPOS[1], "It is gone.", "later", NOW + HOUR)
    assert publish_again(root).pages == set()


def test_the_ages_of_items_are_counted_anew_each_day(root: Path) -> None:
    assert publish_again(root, NOW + timedelta(days=1)).pages == set(REPOS)


@pytest.mark.parametrize("content", [None, b"damaged", b"{}", b'{"pages": {"acme/rocket": 1}}'])
def test_what_is_kept_of_the_pages_only_saves_work(root: Path, content: bytes | None) -> None:
    if content is None:
        (root / MADE_PAGES).unlink()
    else:
        overwrite(root / MADE_PAGES, content)
    assert publish_again(root).pages == set(REPOS)
    assert publish_again(root).pages == set()


def test_other_code_makes_all_pages_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repo_stats.report.made_pages._version", lambda: "another")
    assert publish_again(root).pages == set(REPOS)


def test_a_repository_that_is_no_longer_watched_is_forgotten(root: Path) -> None:
    assert publish_again(root, repos=REPOS[:2]).publication.pages == 6
    assert list(read_made_pages(Files(str(root))).pages) == REPOS[:2]
    again = publish_again(root)
    assert (again.pages, again.publication.pages) == ({REPOS[2]}, 7)


@pytest.mark.parametrize("content", [None, "mine"])
def test_the_page_of_an_owner_that_is_removed_or_changed_is_made_anew(
    root: Path, content: str | None
) -> None:
    page = root / "report" / "_owners" / "acme.html"
    before = page.read_text()
    page.unlink()
    if content is not None:
        page.write_text(content)
    again = publish_again(root)
    assert (again.pages, again.owners, again.tables) == (set(), {"acme"}, set())
    assert page.read_text() == before


def test_an_owner_of_one_repository_has_no_page_and_loses_the_one_it_had(root: Path) -> None:
    assert [path.name for path in (root / "report" / "_owners").iterdir()] == ["acme.html"]
    assert publish_again(root, repos=REPOS[1:]).owners == set()
    assert [*(root / "report" / "_owners").iterdir()] == []


def test_why_a_page_lacks_a_part_is_told_again(root: Path) -> None:
    overwrite(root / "repo_history" / f"{REPOS[0]}.parquet", b"damaged")
    first, second = publish_again(root), publish_again(root)
    assert (first.pages, second.pages) == ({REPOS[0]}, set())
    [said] = second.publication.warnings
    assert said.startswith(f"The page of {REPOS[0]} lacks a part: ")
    assert first.publication.warnings == [said]


def test_a_repository_that_cannot_be_read_is_tried_again(root: Path) -> None:
    overwrite(root / "open_issues" / f"{REPOS[0]}.parquet", b"damaged")
    for _ in range(2):
        again = publish_again(root)
        assert again.tables == {REPOS[0]}
        [said] = again.publication.warnings
        assert said.startswith(f"{REPOS[0]} is left out: ")


def test_a_new_rank_changes_no_page_of_a_repository(root: Path) -> None:
    files = Files(str(root))
    ranked = [
        row_of(LEADERBOARD, repo=repo, rank=place, stars_growth_7_days=5, repo_id=place)
        for place, repo in enumerate(REPOS, 41)
    ]
    Tables(files).write(LEADERBOARD, None, to_frame(LEADERBOARD, ranked))
    again = publish_again(root)
    assert (again.pages, again.owners) == (set(), {"acme"})
    assert '"rank": [41, 42, 43]' in (root / "report" / "index.html").read_text()


def test_a_refresh_that_changed_no_number_changes_the_times_alone(root: Path) -> None:
    files = Files(str(root))
    stamp = files.stamps("repo_statistics/acme")["tiny.parquet"]
    later = NOW + timedelta(minutes=50)
    made = {"repo_metadata": "m", "issues_per_user": "p"}
    parts = {
        "repo_metadata": StoredFile("m", "-"),
        "open_issues": StoredFile("o", "-", made_of={"repo_metadata": "m"}),
        "issues_per_user": StoredFile("p", "-", made_of={"open_issues": "o"}),
        REPO_STATISTICS.name: StoredFile("s", stamp, made_of=made),
    }
    state = RepoState(REPOS[1], 1, "u", later, 0, "h", seen_at=later, files=parts)
    StateIndex(files).update({REPOS[1]: state})
    again = publish_again(root)
    assert (again.pages, again.tables) == (set(), set())
    assert again.publication.written == 4  # with the first page and its rows in two formats
    [times] = (root / "report" / "_times").glob("acme.js")
    text = times.read_text()
    known = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert known == {REPOS[0]: int(NOW.timestamp()), REPOS[1]: int(later.timestamp())}
    assert str(int(later.timestamp())) in (root / "report" / "index.html").read_text()
    # A state that speaks of another file says nothing of this one.
    other = replace(state.files[REPO_STATISTICS.name], stamp="another")
    StateIndex(files).update({REPOS[1]: state.with_file(REPO_STATISTICS.name, other)})
    publish_again(root)
    assert str(int(later.timestamp())) not in times.read_text()
