"""Digests as Markdown: what they say, what they leave out, and what other people wrote in it."""

from datetime import date, timedelta
from typing import Any

import pytest

from repo_stats.metrics.weekly_changes import Unanswered, WeeklyChange
from repo_stats.metrics.weekly_extremes import Extreme, Kind
from repo_stats.report.digest.markdown import MOST_NAMED, write_markdown
from repo_stats.report.digest.summary import make_digest
from repo_stats_tests.helpers.weekly import AFTER, WEEK


def change(repo: str, **numbers: Any) -> WeeklyChange:
    return WeeklyChange(repo=repo, **{"stars": 1000, "open_issues": 10, **numbers})


def waiting(title: str = "Help", days: int = 3) -> Unanswered:
    return Unanswered(7, title, "https://github.com/a/b/issues/7", AFTER - timedelta(days=days))


def text_of(*changes: WeeklyChange) -> str:
    return write_markdown(make_digest(WEEK, changes), AFTER)


def test_a_digest_tells_of_organisations_repositories_records_and_waiting_issues() -> None:
    text = text_of(
        change("acme/b", stars_gained=-2, issues_gained=3),
        change(
            "acme/a",
            stars_gained=12,
            opened=1200,
            closed=4,
            merged=2,
            issues_gained=-1,
            extremes=(Extreme(Kind.STARS, 12, date(2025, 1, 6)),),
            unanswered=waiting(),
        ),
        change("solo/c", unanswered=waiting(days=400)),
    )
    assert text == (
        "# 16 to 22 November 2026\n"
        "\n"
        "3 repositories: +10 stars, 1,200 opened, 4 closed, 2 merged.\n"
        "\n"
        "## Organisations and users\n"
        "\n"
        "- **acme**, 2 repositories: +10 stars, 1,200 opened, 4 closed, 2 merged; acme/a#7 has "
        "waited for a first answer for 3 days\n"
        "\n"
        "## Repositories\n"
        "\n"
        "- **acme/a**: 1,000 stars (+12), 1,200 opened, 4 closed, 2 merged, 10 open issues (-1)\n"
        "- **acme/b**: 1,000 stars (-2), 10 open issues (+3)\n"
        "\n"
        "Nothing is known of this week in 1 repository.\n"
        "\n"
        "## Records and falls\n"
        "\n"
        "- **acme/a**: 12 stars given in the week, the most since 2025-01-06\n"
        "- **acme/b**: 2 stars lost\n"
        "\n"
        "## Waiting longest for a first answer\n"
        "\n"
        "- **solo/c#7** Help, for 400 days: https://github.com/a/b/issues/7\n"
        "- **acme/a#7** Help, for 3 days: https://github.com/a/b/issues/7\n"
    )


def test_a_week_in_which_nothing_happened_says_so() -> None:
    text = text_of(change("a/b", stars_gained=0, opened=0, closed=0, merged=0, issues_gained=0))
    assert text == (
        "# 16 to 22 November 2026\n\n1 repository: +0 stars, 0 opened, 0 closed, 0 merged.\n\n"
        "Nothing happened in 1 repository.\n"
    )


def test_what_is_not_known_is_not_called_nothing() -> None:
    assert text_of(change("a/b")) == (
        "# 16 to 22 November 2026\n\n1 repository: no change is known.\n\n"
        "Nothing is known of this week in 1 repository.\n"
    )


def test_each_part_names_a_limited_number_of_repositories() -> None:
    changes = [
        change(f"acme/r{n}", stars_gained=-1, unanswered=waiting()) for n in range(MOST_NAMED + 5)
    ]
    text = text_of(*changes)
    assert text.count("- **acme/r") == 3 * MOST_NAMED
    assert text.count("- and 5 more\n") == 3


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("*bold* [a](b) `c` <d>", r"\*bold\* \[a\](b) \`c\` \<d\>"),
        ("two\nlines\r and \x1b[31mred", r"two lines and  \[31mred"),
        ("x" * 100, "x" * 79 + "…"),
        ("", ""),
    ],
)
def test_a_title_is_shown_as_plain_text_on_one_line(title: str, shown: str) -> None:
    text = text_of(change("a/b", unanswered=waiting(title)))
    assert f"**a/b#7** {shown}, for 3 days: " in text


@pytest.mark.parametrize(
    ("days", "said"), [(0, "since today"), (1, "for 1 day"), (2, "for 2 days")]
)
def test_a_wait_is_told_in_days(days: int, said: str) -> None:
    assert f"Help, {said}: " in text_of(change("a/b", unanswered=waiting(days=days)))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.OPENED, "6 items opened in the week, the most since 2025-01-06"),
        (Kind.CLOSED, "6 items closed in the week, the most since 2025-01-06"),
        (Kind.MERGED, "6 pull requests merged in the week, the most since 2025-01-06"),
        (Kind.MOST_OPEN, "6 open issues, the most since 2025-01-06"),
        (Kind.FEWEST_OPEN, "6 open issues, the fewest since 2025-01-06"),
    ],
)
def test_each_kind_of_record_has_its_sentence(kind: Kind, said: str) -> None:
    text = text_of(change("a/b", extremes=(Extreme(kind, 6, date(2025, 1, 6)),)))
    assert f"- **a/b**: {said}\n" in text
