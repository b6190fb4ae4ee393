"""How often Python looks for garbage in a process of ours.

By itself it looks after every 700 new objects, and now and then through all that exist. The
libraries that are loaded here make a million objects which stay for good, so that a fifth of a
process's time goes into looking in vain. A process that we start calls this first; a library never
does, because the processes of others are theirs to set.

This module imports nothing else of the package, so that every layer may use it.
"""

import gc

YOUNG = 50_000
"""How many more objects are made than given up before the youngest are looked through."""

OLDER = 20
"""After how many looks at one generation the next older one is looked through."""


def look_rarely() -> None:
    """Look for garbage rarely, as suits a process that ends soon or makes little garbage."""
    gc.set_threshold(YOUNG, OLDER, OLDER)


def leave_to_the_system() -> None:
    """Do not look for garbage when this process ends: that takes longer than all else by then."""
    gc.freeze()


def keep_what_is_loaded() -> None:
    """Never again look through what exists now. Call this when everything is loaded.

    In a process that others are forked from, their memory stays shared for longer, too:
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
