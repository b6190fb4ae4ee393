"""Issues and pull requests as API objects that count their changes.

Tests and mutations change them at any time, like plain dictionaries. The count shows whether a
sorted list is still valid: sorting tens of thousands of items takes most of the time of a response.
"""

from typing import Any, ClassVar


class Item(dict[str, Any]):
    """An issue or pull request: a dictionary that counts changes.

    The count goes up after a change, so that a reader in between notices it and reads again.

    Attributes:
        changes: how often any item was changed in place; changes of nested values do not count.
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
        """A value; the default is set first if it is missing."""
        value = super().setdefault(key, default)
        Item.changes += 1
        return value

    def pop(self, *arguments: Any) -> Any:
        """Remove a value."""
        value = super().pop(*arguments)
        Item.changes += 1
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last value."""
        pair = super().popitem()
        Item.changes += 1
        return pair

    def clear(self) -> None:
        """Remove all values."""
        super().clear()
        Item.changes += 1
