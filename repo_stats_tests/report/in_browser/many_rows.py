"""A first page with many repositories, and what a test reads on it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from repo_stats.report.index_rows import IndexRow
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.report.in_browser.visitor import Visitor
from repo_stats_tests.report.test_index_page import ROW

COUNT = 130

LONG = "beta/a_name.with-many_parts_that_is-longer.than_any-card_on.a_phone-is_wide"

WORDS = "Keeps the numbers of repositories, and tells how they change from one day to the next."


def make_rows(count: int) -> Iterator[IndexRow]:
    languages = ("Python", "Go", "")
    for number in range(count):
        yield replace(
            ROW,
            repo=LONG if number == 1 else name_of(number),
            description=WORDS if number % 3 else "",
            topics=("workflow",) if number % 5 == 0 else (),
            language=languages[number % 3],
            is_archived=number % 10 == 4,
            is_exact=number != 7,
            rank=number + 1,
            stars=10 * (count - number),
            open_issues=number,
            open_pull_requests=1,
            growth_30=None if number % 4 else number,
            snapshot_at=NOW - timedelta(hours=number),
            stale="since yesterday: It is gone." if number in (2, 3) else None,
        )


def name_of(number: int) -> str:
    return f"{('alpha', 'beta')[number % 2]}/r-{number:04d}"


def names(browser: Visitor) -> list[str]:
    return browser.page.locator("#repositories tbody th > a").all_inner_texts()


def total(browser: Visitor, name: str) -> str:
    return browser.page.locator(f"[data-total={name}]").inner_text()


def wait_for_address(browser: Visitor, text: str) -> None:
    """Wait until the address has a choice: it follows with a small delay."""
    browser.page.wait_for_function("text => location.hash === text", arg=text)
