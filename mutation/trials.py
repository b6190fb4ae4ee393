"""Which tests are tried on which mutant, and how long."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from mutation.items import Measured
from mutation.mutants import Mutant
from mutation.tracing import Line


@dataclass(frozen=True)
class Trial:
    """How a mutant is tried.

    Attributes:
        mutant: The mutant.
        tests: The tests, in their order.
        is_loaded: Whether functions that are loaded already may be changed. Else all modules are
            loaded anew.
        seconds: When the trial is given up.
    """

    mutant: Mutant
    tests: tuple[str, ...]
    is_loaded: bool
    seconds: float


def plan_trials(
    mutants: Iterable[Mutant], measured: Iterable[Measured], loaded: Set[Line]
) -> list[Trial]:
    """A trial of each mutant.

    Inside a function, the tests are those in which a line of the changed statement runs. What is
    changed elsewhere, or runs while modules are loaded, may be seen by any test: all are tried,
    first those in which the module runs. The quick ones come first.
    """
    tests = sorted(measured, key=lambda test: test.seconds)
    return [_plan(mutant, tests, loaded) for mutant in mutants]


def _plan(mutant: Mutant, tests: Sequence[Measured], loaded: Set[Line]) -> Trial:
    path = str(mutant.path)
    lines = {(path, line) for line in mutant.place.lines}
    is_loaded = bool(mutant.place.first_line) and not lines & loaded
    if is_loaded:
        chosen = [test for test in tests if not lines.isdisjoint(test.lines)]
    else:
        chosen = sorted(tests, key=lambda test: all(line[0] != path for line in test.lines))
    seconds = 10 + 5 * sum(test.seconds for test in chosen) + (0 if is_loaded else 20)
    return Trial(mutant, tuple(test.test for test in chosen), is_loaded, seconds)
