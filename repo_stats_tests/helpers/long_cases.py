"""Cases that only `make test-long` tries: they vary what other cases of a test have shown."""

import pytest

__all__ = ["long"]


def long(*values: object, id: str | None = None) -> object:  # noqa: A002 - as pytest calls it
    """A case of `pytest.mark.parametrize` that `make test` leaves out."""
    return pytest.param(*values, marks=pytest.mark.long, id=id)
