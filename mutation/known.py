"""The mutants that are known to survive, with the reason why they do no harm."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from mutation.mutants import Mutant

KNOWN = Path("docs", "known_mutants.yaml")
"""The list of them, in the project's folder."""


@dataclass(frozen=True)
class Known:
    """A mutant that no test can or need notice.

    Attributes:
        file: The path of its module.
        function: Its function, after its classes.
        before: The lines that change, with single spaces.
        after: What they change to.
        reason: Why it does no harm.
    """

    file: str
    function: str
    before: str
    after: str
    reason: str

    def is_of(self, mutant: Mutant) -> bool:
        """Whether a mutant is this one, on whatever line."""
        ours = (self.file, self.function, self.before, self.after)
        return ours == (str(mutant.path), mutant.place.function, mutant.before, mutant.after)


def read_known(path: Path) -> list[Known]:
    """All known mutants."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return [Known(**entry) for entry in entries]


def describe_known(known: Iterable[Known]) -> str:
    """The part of the testing page that lists them."""
    parts = []
    file = ""
    for each in sorted(known, key=lambda each: (each.file, each.function, each.before)):
        if each.file != file:
            file = each.file
            parts.append(f"### `{file}`\n")
        change = f"- {each.before}\n+ {each.after}"
        parts.append(f"`{each.function or 'module'}`: {each.reason}\n\n```diff\n{change}\n```\n")
    return "\n".join(parts) or "None yet.\n"
