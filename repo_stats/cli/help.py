"""The help of the command, with a list of examples that fits every width."""

from collections.abc import Sequence
from typing import Any

import click


class GroupWithExamples(click.Group):
    """Commands with examples, which are shown in two columns below the help's text.

    Args:
        examples: what an example does, and what to type.
        attributes: those of the group.
    """

    def __init__(
        self, *arguments: Any, examples: Sequence[tuple[str, str]] = (), **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self._examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the text and the examples."""
        super().format_help_text(ctx, formatter)
        with formatter.section("Examples"):
            formatter.write_dl([(command, what) for what, command in self._examples])
