"""What `repo-stats watch` prints in a terminal."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from repo_stats.cli.ages import format_age
from repo_stats.cli.fitting_tables import FittingColumn, open_console, print_fitting
from repo_stats.cli.notices import tell
from repo_stats.cli.refresh_summary import cut_off
from repo_stats.cli.stored_statistics import name_failure
from repo_stats.cli.watched_rows import ListedRepository
from repo_stats.config.marks import MARKS


def print_watched(listed: Sequence[ListedRepository], now: datetime) -> None:
    """Print what is watched, what has left, and why repositories could not be refreshed."""
    console = open_console()
    if watched := [each for each in listed if each.row.is_watched]:
        print_fitting(console, _make_watched(watched, now))
    if left := [each for each in listed if not each.row.is_watched]:
        console.print(Text("No longer watched", style="bold"))
        print_fitting(console, _make_left(left))
    failures = [
        f"{each.row.repo} {name_failure(is_stored=each.refreshed_at is not None)}: {each.failure}"
        for each in watched
        if each.failure is not None
    ]
    for line in cut_off(failures, "could not be read"):
        tell(line)


def _make_watched(rows: Sequence[ListedRepository], now: datetime) -> list[FittingColumn]:
    return [
        FittingColumn("Repository", [Text(each.row.repo) for each in rows], is_number=False),
        FittingColumn("Watched by", [Text(each.row.source) for each in rows], 1, is_number=False),
        FittingColumn("Since", [_format_day(each.since) for each in rows], rank=3),
        FittingColumn("Keeps", [_name_marks(each) for each in rows], 4),
        FittingColumn("Refreshed", [_format_refresh(each, now) for each in rows], rank=2),
    ]


def _make_left(rows: Sequence[ListedRepository]) -> list[FittingColumn]:
    reasons = [Text(each.row.left_because or "-") for each in rows]
    return [
        FittingColumn("Repository", [Text(each.row.repo) for each in rows], is_number=False),
        FittingColumn("Left", [_format_day(each.row.left_at) for each in rows], rank=1),
        FittingColumn("Because", reasons, rank=2, is_number=False),
    ]


def _name_marks(each: ListedRepository) -> str:
    return ", ".join(mark for mark in MARKS if mark in each.row.marks) or "-"


def _format_refresh(each: ListedRepository, now: datetime) -> Text:
    if each.refreshed_at is None:
        return Text("never", "red" if each.failure else "")
    return Text(f"{format_age(each.refreshed_at, now)} ago", "red" if each.failure else "")


def _format_day(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d}"
