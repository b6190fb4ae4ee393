"""The numbers of a repository in a script of their own, and their sums over repositories."""

import json
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_stats.report.number_tables import (
    NumberTable,
    first_kind,
    make_number_table,
    thin_days,
    write_rows,
)
from repo_stats.report.numbers import RepositoryNumbers, make_numbers_script, read_numbers_script
from repo_stats.report.owner_sums import sum_ages, sum_events, sum_states
from repo_stats_tests.report.page_parts import table_of

BACKLOG = table_of(
    ["issues", "pull requests"],
    [("2026-08-30", [5, None]), ("2026-09-02", [7, 1])],
)

NUMBERS = RepositoryNumbers("a/b", {"backlog": BACKLOG}, {"under a week": [1, 2]})


def test_the_numbers_of_a_day_are_one_row() -> None:
    rows = [
        {"day": "2026-08-30", "kind": "issues", "value": 5},
        {"day": "2026-09-02", "kind": "issues", "value": 7},
        {"day": "2026-09-02", "kind": "pull requests", "value": 1},
    ]
    assert make_number_table(rows, "x") == BACKLOG
    assert make_number_table([{"day": "2026-08-30", "value": 5}], "stars") == table_of(
        ["stars"], [("2026-08-30", [5])]
    )
    assert make_number_table([], "stars") == table_of([], [])


def test_the_first_column_alone_has_the_days_of_its_numbers() -> None:
    rows: list[tuple[str, list[int | None]]] = [
        ("2026-08-30", [None, 1]),
        ("2026-09-01", [4, 9]),
        ("2026-09-02", [0, None]),
    ]
    alone = first_kind(table_of(["held", "seen"], rows), "stars")
    assert alone == table_of(["stars"], [("2026-09-01", [4]), ("2026-09-02", [0])])


@pytest.mark.parametrize(
    ("days", "shown"), [(0, 0), (1, 1), (120, 120), (121, 61), (240, 120), (730, 105)]
)
def test_a_page_shows_days_at_equal_distances_and_always_the_last(days: int, shown: int) -> None:
    thin = thin_days(NumberTable(["stars"], range(days), [[day * 2 for day in range(days)]]))
    assert len(thin.days) == shown
    assert [*thin.days][-1:] == [*range(days)][-1:]
    assert len({after - before for before, after in pairwise(thin.days)}) <= 1
    assert thin.columns == [[day * 2 for day in thin.days]]


def test_a_number_that_is_not_known_is_an_empty_cell() -> None:
    assert write_rows(BACKLOG).splitlines() == [
        '<tr><td>2026-08-30</td><td class="number">5</td><td class="number"></td></tr>',
        '<tr><td>2026-09-02</td><td class="number">7</td><td class="number">1</td></tr>',
    ]


def test_a_script_hands_over_columns_and_steps_of_days() -> None:
    script = make_numbers_script(NUMBERS)
    begin, end = "// repo_stats\nrepoStats.take(", ");\n"
    assert script.startswith(begin)
    assert script.endswith(end)
    assert json.loads(script.removeprefix(begin).removesuffix(end)) == {
        "repo": "a/b",
        "lines": {
            "backlog": {
                "kinds": ["issues", "pull requests"],
                "days": [20695, 3],
                "values": [[5, 7], [None, 1]],
            }
        },
        "ages": {"under a week": [1, 2]},
    }


@given(
    st.lists(st.dates(date(1971, 1, 1)), unique=True, max_size=9),
    st.integers(1, 3),
)
def test_what_a_script_hands_over_can_be_read_again(days: list[date], kinds: int) -> None:
    rows = [(day.isoformat(), [place] * kinds) for place, day in enumerate(sorted(days))]
    names = [f"kind {number}" for number in range(kinds)] if rows else []
    numbers = RepositoryNumbers("a/b", {"stars": table_of(names, rows)}, {})
    assert read_numbers_script(make_numbers_script(numbers)) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "damaged",
        "// repo_stats\nrepoStats.take({);\n",
        "// repo_stats\nrepoStats.take([]);\n",
        '// repo_stats\nrepoStats.take({"repo":"a/b"});\n',
        make_numbers_script(NUMBERS)[:-2],
        make_numbers_script(NUMBERS).replace("20695", '"x"'),
        make_numbers_script(NUMBERS).replace("[20695,3]", "[20695]"),
        make_numbers_script(NUMBERS).replace("20695", str(10**30)),
        make_numbers_script(NUMBERS).replace('"kinds"', '"colours"'),
    ],
)
def test_a_damaged_script_has_no_numbers(text: str) -> None:
    assert read_numbers_script(text) is None


def test_what_holds_is_summed_with_the_number_of_the_day_before() -> None:
    other = table_of(["pull requests"], [("2026-09-01", [10])])
    assert sum_states([BACKLOG, other]) == table_of(
        ["issues", "pull requests"],
        [("2026-08-30", [5, 0]), ("2026-09-01", [5, 10]), ("2026-09-02", [7, 11])],
    )
    assert sum_states([]) == table_of([], [])


def test_what_happened_is_summed_on_its_day_alone() -> None:
    weeks = [
        table_of(["opened", "closed"], [("2026-08-17", [1, 2]), ("2026-08-24", [3, 4])]),
        table_of(["opened", "closed"], [("2026-08-24", [10, 20]), ("2026-08-31", [5, 6])]),
    ]
    assert sum_events(weeks) == table_of(
        ["opened", "closed"],
        [("2026-08-17", [1, 2]), ("2026-08-24", [13, 24]), ("2026-08-31", [5, 6])],
    )


def test_ages_are_summed_by_their_groups() -> None:
    assert sum_ages([{"young": [1, 2], "old": [3, 4]}, {}, {"young": [10, 20]}]) == {
        "young": [11, 22],
        "old": [3, 4],
    }


def test_the_sums_of_many_repositories_are_those_of_each_day() -> None:
    start = date(2026, 1, 1)
    tables = [
        table_of(
            ["stars"],
            [((start + timedelta(days=day)).isoformat(), [repo + day]) for day in range(repo, 9)],
        )
        for repo in range(5)
    ]
    assert sum_states(tables).columns == [
        [sum(repo + day for repo in range(5) if repo <= day) for day in range(9)]
    ]
