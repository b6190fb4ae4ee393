"""The changes that random schedules are made of."""

from repo_stats.simulator.mutations import MutationKind

ITEM_KINDS = [
    *(MutationKind.OPEN, MutationKind.CLOSE, MutationKind.REOPEN),
    *(MutationKind.TOUCH, MutationKind.DELETE, MutationKind.TRANSFER),
]
