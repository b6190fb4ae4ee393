"""Whether the stars by day add up to GitHub's counter. Pure functions.

The counter may have a few stars more than are listed, of accounts that are not shown any more: they
are called unlisted here. Stars that come while both are read lie between two readings of the
counter. Older weeks are read less often than the newest ones: stars that were taken back there
since then are still in the sum.
"""

FEW_UNLISTED = 5

UNLISTED_SHARE = 0.01
"""How many stars may be unlisted: a few, or a share of the counter if that is more. Of small
repositories, one was seen (25 of 26, 12 of 13)."""


def most_unlisted(counter: int) -> int:
    """How many stars of a counter may be unlisted."""
    return max(FEW_UNLISTED, int(UNLISTED_SHARE * counter))


def is_explained(listed: int, counter: int) -> bool:
    """Whether a sum agrees with a counter: it has all of its stars, but for the unlisted."""
    return counter - most_unlisted(counter) <= listed <= counter


def may_have_drifted(listed: int, counter: int) -> bool:
    """Whether a sum is above a counter by no more than stars that were taken back explain.

    That is for sums of which older weeks were not read again with the newest.
    """
    return counter < listed <= counter + most_unlisted(counter)


def find_contradiction(listed: int, before: int, after: int) -> str | None:
    """What is impossible about a sum, given the counter before and after it was read.

    Returns:
        A sentence with the numbers; None if the sum is possible.
    """
    if listed <= max(before, after):
        return None
    return f"its days have {listed} stars, and GitHub's counter says {_tell(before, after)}"


def find_shortfall(listed: int, before: int, after: int) -> str | None:
    """That more stars are unlisted than is plausible.

    Returns:
        A sentence with the numbers; None if there are not too many.
    """
    least = min(before, after)
    if listed >= least - most_unlisted(least):
        return None
    return (
        f"its days have {listed} stars, and GitHub's counter says {_tell(before, after)}: more "
        f"than {most_unlisted(least)} are not listed"
    )


def _tell(before: int, after: int) -> str:
    return str(before) if before == after else f"{before} before and {after} after"
