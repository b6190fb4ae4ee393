"""The command `repo-stats watch`: what is watched and why, and changes to the watchlist file."""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from repo_stats.cli.commands import main
from repo_stats.config import watchlist_file
from repo_stats.github.listings import ListedRepository, Listing, ListingPage
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.stored_lists import StoredList, StoredLists
from repo_stats.watching.watched_repository import WatchedRepository
from repo_stats_tests.helpers.rows import statistics

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

DAY = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def watch(*arguments: str, **variables: str) -> Result:
    return CliRunner(env={"COLUMNS": "120", **variables}).invoke(main, ["watch", *arguments])


def write(text: str) -> None:
    Path("watchlist.yaml").write_bytes(text.encode())


def read() -> str:
    return Path("watchlist.yaml").read_bytes().decode()


@pytest.fixture
def warehouse() -> Tables:
    """A warehouse in which one repository is watched and known, one is stale, and one has left."""
    write("repos:\n  - a/b\n  - repo: c/d\n    history: true\n    traffic: true\n  - e/f\n")
    tables = Tables(Files(str(Path("warehouse").absolute())))
    rows = [
        WatchedRepository("a/b", 1, "watchlist", False, DAY),
        WatchedRepository("c/d", 2, "watchlist", True, DAY),
        WatchedRepository("g/h", 3, "org: g", False, DAY, DAY + timedelta(days=3), "archived"),
        WatchedRepository("i/j", 4, "watchlist", False, DAY),
    ]
    StoredLists(tables).update_watched(lambda _: rows)
    moment = NOW - timedelta(minutes=7)
    tables.write(REPO_STATISTICS, "a/b", statistics(repo="a/b", snapshot_at=moment))
    RefreshFailures(tables.files).record("c/d", "GitHub knows no repository c/d.", "run", NOW)
    return tables


def test_it_lists_what_is_watched_and_why_and_what_has_left(warehouse: Tables) -> None:
    result = watch()
    assert [line.split() for line in result.stdout.splitlines() if line.strip(" ─")] == [
        ["Repository", "Watched", "by", "Since", "Keeps", "Refreshed"],
        ["a/b", "watchlist", "2026-03-01", "-", "7", "min", "ago"],
        ["c/d", "watchlist", "2026-03-01", "history,", "traffic", "never"],
        ["e/f", "watchlist", "-", "-", "never"],
        ["No", "longer", "watched"],
        ["Repository", "Left", "Because"],
        ["g/h", "2026-03-04", "archived"],
        ["i/j", f"{datetime.now(timezone.utc):%Y-%m-%d}", "removed", "from", "the", "watchlist"],
    ]
    assert result.stderr == "c/d could not be read: GitHub knows no repository c/d.\n"


def test_the_same_is_exported_as_csv_and_json(warehouse: Tables) -> None:
    rows = json.loads(watch("--json").stdout)
    assert [row["repo"] for row in rows] == ["a/b", "c/d", "e/f", "g/h", "i/j"]
    assert rows[0] == {
        "repo": "a/b",
        "source": "watchlist",
        "since": "2026-03-01T00:00:00Z",
        "has_history": False,
        "has_traffic": False,
        "has_downloads": False,
        "refreshed_at": f"{NOW - timedelta(minutes=7):%Y-%m-%dT%H:%M:%SZ}",
        "failure": None,
        "left_at": None,
        "left_because": None,
    }
    assert rows[1]["failure"] == "GitHub knows no repository c/d."
    assert (rows[3]["source"], rows[3]["left_because"]) == ("org: g", "archived")
    exported = [*csv.DictReader(StringIO(watch("--csv").stdout))]
    assert [row["repo"] for row in exported] == [row["repo"] for row in rows]
    assert [*exported[0]] == [*rows[0]]


def test_what_a_list_brought_in_is_shown_and_a_list_that_was_never_read_is_named(
    warehouse: Tables,
) -> None:
    write("repos:\n- org: Acme\n- org: none\n  history: true\n")
    row = WatchedRepository("acme/rocket", 9, "org: acme", False, DAY)
    StoredLists(warehouse).update_watched(lambda _: [row])
    result = watch("--csv")
    assert result.stdout.splitlines()[1:] == [
        "acme/rocket,org: Acme,2026-03-01T00:00:00Z,false,false,false,,,,"
    ]
    assert result.stderr.splitlines() == [
        "Warning: watchlist.yaml, line 2: The list of org: Acme was not read; the repository that "
        "it has brought in before stays.",
        "Warning: watchlist.yaml, line 3: The list of org: none was not read; it brings in "
        "nothing.",
    ]


def test_a_filter_that_was_added_counts_at_once_and_says_why(warehouse: Tables) -> None:
    write("repos:\n- org: acme\n  min_stars: 100\n")
    listed = (ListedRepository("acme/big", 1, stars=500), ListedRepository("acme/small", 2))
    listing = Listing((ListingPage(listed, None, None, has_next=False),), is_settled=True)
    StoredLists(warehouse).write_lists({("org", "acme"): StoredList(listing, NOW)})
    rows = [WatchedRepository(r.repo, r.repo_id, "org: acme", False, DAY) for r in listed]
    StoredLists(warehouse).update_watched(lambda _: rows)
    found = json.loads(watch("--json").stdout)
    assert [(row["repo"], row["left_because"]) for row in found] == [
        ("acme/big", None),
        ("acme/small", "below 100 stars"),
    ]


def test_a_watchlist_that_brings_in_nothing_says_so(warehouse: Tables) -> None:
    write("repos:\n- org: none\n")
    StoredLists(warehouse).update_watched(lambda _: [])
    result = watch()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "line 2: The list of org: none was not read; it brings in nothing." in result.stderr


ADDED = "watchlist.yaml: added {}.\n"
RUN = "A running daemon reads what is new within a minute. Without one, run repo-stats refresh.\n"


@pytest.mark.parametrize(
    ("before", "arguments", "after", "says"),
    [
        (
            "# mine\nrepos:\n- 'a/b' # b\r\n",
            ["--add", "c/d", "--org", "acme"],
            "# mine\nrepos:\n- 'a/b' # b\n- c/d\n- org: acme\r\n",
            ADDED.format("c/d") + ADDED.format("org: acme") + RUN,
        ),
        (
            "repos: [a/b]",
            ["--user", "me", "--history"],
            "repos: [a/b, {user: me, history: true}]",
            ADDED.format("user: me with history") + RUN,
        ),
        (
            "repos:\n- a/b\n",
            ["--add", "c/d", "--traffic", "--downloads"],
            "repos:\n- a/b\n- repo: c/d\n  traffic: true\n  downloads: true\n",
            ADDED.format("c/d with traffic and downloads") + RUN,
        ),
        (
            "repos: [a/b, c/d]",
            ["--remove", "A/B"],
            "repos: [c/d]",
            "watchlist.yaml: removed A/B. Its tables stay in the warehouse.\n",
        ),
        (
            "repos: [a/b]",
            ["--remove", "a/b", "--add", "a/c"],
            "repos: [a/c]",
            ADDED.format("a/c") + "watchlist.yaml: removed a/b. Its tables stay in the warehouse.\n"
            f"{RUN}",
        ),
    ],
)
def test_the_watchlist_file_is_changed(
    before: str, arguments: Sequence[str], after: str, says: str
) -> None:
    write(before)
    result = watch(*arguments)
    assert (result.exit_code, result.output) == (0, says)
    assert read() == after


def test_a_file_that_would_be_too_large_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    before = "repos: [a/b]"
    write(before)
    monkeypatch.setattr(watchlist_file, "MOST_BYTES", len(before))
    result = watch("--add", "c/d")
    assert result.exit_code != 0
    assert "larger than" in result.output
    assert read() == before


def test_a_file_is_made_if_there_is_none() -> None:
    result = watch("--add", "a/b", REPO_STATS_WATCHLIST="lists/mine.yaml")
    assert result.output == (
        f"lists/mine.yaml: added a/b.\nlists/mine.yaml was made; nothing else is watched.\n{RUN}"
    )
    assert Path("lists/mine.yaml").read_text(encoding="utf-8") == "repos:\n  - a/b\n"


def test_a_file_keeps_its_permissions_its_link_and_its_mark() -> None:
    target = Path("shared.yaml")
    target.write_bytes(b"\xef\xbb\xbfrepos: [a/b]\n")
    target.chmod(0o640)
    Path("watchlist.yaml").symlink_to(target)
    assert watch("--add", "c/d").exit_code == 0
    assert target.read_bytes() == b"\xef\xbb\xbfrepos: [a/b, c/d]\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert Path("watchlist.yaml").is_symlink()


@pytest.mark.parametrize(
    ("before", "arguments", "variables", "says"),
    [
        ("repos: [a/b]", ["--add", "A/B"], {}, "watchlist.yaml: 'A/B' is there already."),
        ("repos: [a/b]", ["--add", "x"], {}, "watchlist.yaml: 'x' is not a repository name"),
        ("repos: [a/b]", ["--remove", "x"], {}, "--remove: 'x' is not a repository name"),
        ("repos: [a/b]", ["--remove", "x/y"], {}, "'x/y' is not written out there"),
        ("repos: [a/b", ["--add", "c/d"], {}, "watchlist.yaml, line 1: this is not valid YAML"),
        ("repos: [a/b]", ["--add", "c/d"], {"REPO_STATS_REPOS": "x/y"}, "REPO_STATS_REPOS holds"),
        ("repos: [a/b]", ["--history"], {}, "--history goes with --add, --org or --user."),
        ("repos: [a/b]", ["--add", "c/d", "--csv"], {}, "--csv and --json show the watchlist"),
    ],
)
def test_what_cannot_be_changed_is_a_sentence_and_the_file_stays(
    before: str, arguments: Sequence[str], variables: dict[str, str], says: str
) -> None:
    write(before)
    result = watch(*arguments, **variables)
    assert result.exit_code == 2
    assert says in result.output
    assert read() == before


@pytest.mark.parametrize("path", [".", "watchlist.yaml/below", "/proc/mine.yaml"])
def test_a_file_that_cannot_be_written_is_a_sentence(path: str) -> None:
    write("repos: [a/b]")
    result = watch("--add", "c/d", REPO_STATS_WATCHLIST=path)
    assert result.exit_code == 2
    assert "the watchlist cannot be " in result.output
