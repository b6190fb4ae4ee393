"""Single fields of GitHub's objects: what is read, and what is said of what cannot be believed."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from repo_stats.github.fields import (
    FieldError,
    parse_time,
    read_choice,
    read_flag,
    read_name,
    read_names,
    read_number,
    read_text,
    read_time,
)

CHOICES = frozenset({"open", "closed"})


def read_state(source: dict[str, Any], key: str) -> str:
    return read_choice(source, key, CHOICES)


@pytest.mark.parametrize(
    ("read", "value", "problem"),
    [
        (read_number, None, "'x' is null"),
        (read_number, True, "'x' is true or false"),
        (read_text, 5, "'x' is a number"),
        (read_number, 5.0, "'x' is no whole number"),
        (read_number, "5", "'x' is a text"),
        (read_text, [], "'x' is a list"),
        (read_time, {}, "'x' is an object"),
        (read_text, (), "'x' is of an unknown type"),
        (read_number, -1, "'x' is below 0"),
        (read_number, 2**63, "'x' is too large"),
        *((read_name, name, "'x' is no owner/name") for name in ("a", "a/", "/b", "a/b\a")),
        (read_state, "OPEN", "'x' is neither closed nor open"),
        (read_time, "soon", "'x' is no time with a zone"),
    ],
)
def test_a_value_that_cannot_be_believed_is_told_with_its_field(
    read: Callable[[dict[str, Any], str], object], value: Any, problem: str
) -> None:
    with pytest.raises(FieldError) as raised:
        read({"x": value}, "x")
    assert str(raised.value) == problem


def test_a_field_that_is_missing_is_named() -> None:
    with pytest.raises(FieldError) as raised:
        read_text({"y": 1}, "x")
    assert str(raised.value) == "no 'x'"


def test_a_counter_may_be_anything_from_zero_to_the_largest_number_of_a_column() -> None:
    assert [read_number({"x": number}, "x") for number in (0, 2**63 - 1)] == [0, 2**63 - 1]


def test_a_flag_that_is_missing_or_null_is_false() -> None:
    flags: list[dict[str, Any]] = [{}, {"x": None}, {"x": False}, {"x": True}]
    assert [read_flag(flag, "x") for flag in flags] == [False, False, False, True]


def test_a_name_is_kept_as_it_is() -> None:
    assert read_name({"x": "Ä-1/b.c"}, "x") == "Ä-1/b.c"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ({}, []),
        ({"x": None}, []),
        ({"x": ["a", {"name": "b"}, {"name": None}]}, ["a", "b", ""]),
    ],
)
def test_names_are_those_of_objects_or_bare_texts(source: dict[str, Any], names: list[str]) -> None:
    assert read_names(source, "x", "name") == names


@pytest.mark.parametrize(
    "time",
    [
        datetime(1678, 1, 1, tzinfo=timezone.utc),
        datetime(2261, 12, 31, 23, 59, 59, tzinfo=timezone.utc),
    ],
)
def test_the_first_and_the_last_time_that_a_data_frame_holds_are_times(time: datetime) -> None:
    assert parse_time(time.strftime("%Y-%m-%dT%H:%M:%SZ")) == time


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-01-02T03:04:05", "a time without a zone"),
        ("1677-12-31T23:59:59Z", "a time that no data frame holds"),
        ("2262-01-01T00:00:00Z", "a time that no data frame holds"),
    ],
)
def test_any_other_time_is_none(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{problem}\Z"):
        parse_time(text)
