"""All files beside the page of a repository: their paths, and what is in which."""

import json
from dataclasses import replace

from repo_stats.report.data import RepositoryReport
from repo_stats.report.pages import make_numbers
from repo_stats.report.takeaways.badges import make_badges
from repo_stats.report.takeaways.number_files import list_tables, to_csv, to_json
from repo_stats.report.takeaways.pictures import draw_pictures
from repo_stats.report.takeaways.repository_files import make_takeaways
from repo_stats_tests.report.reports import REPORT, TWO_DAYS


def test_each_table_picture_and_badge_is_in_a_file_of_its_name() -> None:
    report = replace(REPORT, backlog=[{**row, "kind": "issues"} for row in TWO_DAYS])
    numbers = make_numbers(report)
    tables = list_tables(report, numbers)
    stars = draw_pictures("a/b: stars", numbers.lines["stars"], from_zero=False)
    backlog = draw_pictures(
        "a/b: open issues and pull requests", numbers.lines["backlog"], from_zero=True
    )
    assert stars[""] != backlog[""]
    assert make_takeaways(report, numbers, tables) == {
        **{f"a/b.{name}.csv": to_csv(table) for name, table in tables.items()},
        "a/b.numbers.json": to_json(tables),
        "a/b.stars.svg": stars[""],
        "a/b.stars-dark.svg": stars["-dark"],
        "a/b.backlog.svg": backlog[""],
        "a/b.backlog-dark.svg": backlog["-dark"],
        **{f"a/b.badge-{name}.json": text for name, text in make_badges(REPORT.numbers).items()},
    }


def test_a_repository_without_numbers_yet_has_badges_and_no_picture() -> None:
    bare = RepositoryReport("a/b", REPORT.numbers)
    files = make_takeaways(bare, make_numbers(bare), {})
    assert json.loads(files.pop("a/b.numbers.json")) == {}
    assert {*files} == {f"a/b.badge-{name}.json" for name in make_badges(REPORT.numbers)}
