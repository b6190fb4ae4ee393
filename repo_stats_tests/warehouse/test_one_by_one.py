"""Working through repositories one by one: an error in one does not stop the others."""

import pytest

from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.one_by_one import try_each


def refuse_b(repo: str) -> str:
    if repo == "b":
        raise WarehouseError("b cannot be read.")
    return repo.upper()


def test_the_others_go_on_and_the_error_is_given_by_repository() -> None:
    assert try_each("abc", refuse_b) == ({"a": "A", "c": "C"}, {"b": "b cannot be read."})


def test_other_errors_end_it_unless_they_are_to_be_caught() -> None:
    with pytest.raises(ZeroDivisionError):
        try_each("a", lambda _: 1 / 0)
    assert try_each("a", lambda _: 1 / 0, Exception) == ({}, {"a": "division by zero"})
    assert try_each("a", lambda _: next(iter(())), Exception) == ({}, {"a": "StopIteration"})
