"""Which tests are tried on which mutant, and how long."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate

from mutation.items import Measured
from mutation.mutants import Mutant
from mutation.tracing import Line


@dataclass(frozen=True)
class Trial:
    """How a mutant is tried.

    Attributes:
        mutant: The mutant.
        tests: The tests that may notice it.
        is_loaded: Whether functions that are loaded already may be changed. Else all modules are
            loaded anew.
    """

    mutant: Mutant
    tests: tuple[Measured, ...]
    is_loaded: bool

    @property
    def seconds(self) -> float:
        """When the trial is given up. The machine may be busier than when tests were measured."""
        loading = 10 if self.is_loaded else 30
        return loading + 5 * sum(test.waited for test in self.tests)

    def order(self, kills: Mapping[str, int], most: float) -> list[str]:
        """The names of the tests: first those in which the module runs, and that soon fail.

        A test soon fails if it is quick, or noticed many mutants so far. The tests together take
        at most so many seconds, but there is always one.
        """
        path = str(self.mutant.path)

        def cost(test: Measured) -> tuple[bool, float]:
            is_elsewhere = all(line[0] != path for line in test.lines)
            return is_elsewhere, test.seconds / (1 + kills.get(test.test, 0))

        ordered = sorted(self.tests, key=cost)
        sums = accumulate(test.seconds for test in ordered)
        fitting = [test.test for test, total in zip(ordered, sums, strict=True) if total <= most]
        return fitting or [ordered[0].test]


def plan_trials(
    mutants: Iterable[Mutant], measured: Sequence[Measured], loaded: Set[Line]
) -> list[Trial]:
    """A trial of each mutant.

    Inside a function, the tests are those in which a line of the changed statement runs. What is
    changed elsewhere, or runs while modules are loaded, may be seen by any test: all are tried.
    """
    return [_plan(mutant, measured, loaded) for mutant in mutants]


def _plan(mutant: Mutant, tests: Sequence[Measured], loaded: Set[Line]) -> Trial:
    lines = {(str(mutant.path), line) for line in mutant.place.lines}
    is_loaded = bool(mutant.place.first_line) and not lines & loaded
    chosen = (test for test in tests if not is_loaded or not lines.isdisjoint(test.lines))
    return Trial(mutant, tuple(chosen), is_loaded)
