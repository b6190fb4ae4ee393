"""The kinds of changes that random schedules choose from."""

from repo_stats.simulator.mutations import MutationKind

ITEM_KINDS = [
    *(MutationKind.OPEN, MutationKind.CLOSE, MutationKind.REOPEN),
    *(MutationKind.TOUCH, MutationKind.DELETE, MutationKind.TRANSFER),
]
