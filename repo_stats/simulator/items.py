"""Issues and pull requests as API objects that tell when any of them was changed.

Tests and mutations change them at any time, as plain dictionaries. Sorting tens of thousands of
them anew for each request would take longer than all the rest of an answer.
"""

from typing import Any, ClassVar


class Item(dict[str, Any]):
    """An issue or pull request; a dictionary but for the count of changes.

    The count goes up after a change, never before: whoever reads in between reads again.

    Attributes:
        changes: how often any item was changed in place, but for what is nested within.
    """

    changes: ClassVar[int] = 0

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        Item.changes += 1

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        Item.changes += 1

    def __ior__(self, other: Any) -> "Item":  # type: ignore[override,misc]
        self.update(other)
        return self

    def update(self, *others: Any, **values: Any) -> None:
        """Change some values."""
        super().update(*others, **values)
        Item.changes += 1

    def setdefault(self, key: str, default: Any = None) -> Any:
        """A value, given before if it was missing."""
        value = super().setdefault(key, default)
        Item.changes += 1
        return value

    def pop(self, *arguments: Any) -> Any:
        """Take a value out."""
        value = super().pop(*arguments)
        Item.changes += 1
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last value out."""
        pair = super().popitem()
        Item.changes += 1
        return pair

    def clear(self) -> None:
        """Take all values out."""
        super().clear()
        Item.changes += 1
