"""What became of the mutants, as people and programs read it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from mutation.known import Known
from mutation.mutants import Mutant


class Outcome(str, Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMEOUT = "timeout"
    NO_TEST = "no test"


@dataclass(frozen=True)
class Result:
    """What became of a mutant.

    Attributes:
        mutant: The mutant.
        outcome: What became of it.
        test: The test that noticed it.
    """

    mutant: Mutant
    outcome: Outcome
    test: str = ""

    @property
    def survived(self) -> bool:
        """Whether no test noticed it."""
        return self.outcome in (Outcome.SURVIVED, Outcome.NO_TEST)


@dataclass(frozen=True)
class Score:
    """The numbers of a module, or of several."""

    name: str
    mutants: int
    killed: int
    timeouts: int
    survived: int
    untested: int
    known: int

    @property
    def percent(self) -> float:
        """The share of noticed mutants, without those that are known to do no harm."""
        countable = self.mutants - self.known
        return 100 * (self.killed + self.timeouts) / countable if countable else 100.0


HEAD = (
    "| module | mutants | killed | timeout | survived | no test | known | score |\n"
    "|---|---|---|---|---|---|---|---|"
)


def score(name: str, results: Sequence[Result], known: Sequence[Known]) -> Score:
    """The numbers of some mutants. A known one counts neither as survived nor as without test."""
    open_ones = [each for each in results if each.survived and not _is_known(each, known)]
    return Score(
        name=name,
        mutants=len(results),
        killed=sum(each.outcome is Outcome.KILLED for each in results),
        timeouts=sum(each.outcome is Outcome.TIMEOUT for each in results),
        survived=sum(each.outcome is Outcome.SURVIVED for each in open_ones),
        untested=sum(each.outcome is Outcome.NO_TEST for each in open_ones),
        known=sum(each.survived for each in results) - len(open_ones),
    )


def describe(
    results: Sequence[Result], known: Sequence[Known], made: Iterable[Mutant]
) -> Iterator[str]:
    """The survivors of each module with their changes, then a table of all modules.

    Args:
        results: What became of the mutants that were tried.
        known: Those that are listed as known.
        made: All mutants of the modules, also those that were not tried.
    """
    files = sorted({str(each.mutant.path) for each in results})
    for each in sorted(results, key=_by_place):
        if each.survived and not _is_known(each, known):
            yield _describe_survivor(each)
    for outdated in _find_outdated(results, known, made):
        yield f"No longer survives, and can be taken from the list: {outdated}"
    yield HEAD
    for file in files:
        yield _row(score(file, [each for each in results if str(each.mutant.path) == file], known))
    if len(files) > 1:
        yield _row(score("all", results, known))


def to_json(results: Iterable[Result]) -> str:
    """All mutants with what became of them."""
    entries = [
        {
            "file": str(each.mutant.path),
            "line": each.mutant.line,
            "function": each.mutant.place.function,
            "before": each.mutant.before,
            "after": each.mutant.after,
            "outcome": each.outcome.value,
            "test": each.test,
        }
        for each in sorted(results, key=_by_place)
    ]
    return json.dumps(entries, indent=1)


def _by_place(result: Result) -> tuple[str, int, str]:
    return str(result.mutant.path), result.mutant.line, result.mutant.after


def _is_known(result: Result, known: Sequence[Known]) -> bool:
    return any(each.is_of(result.mutant) for each in known)


def _describe_survivor(result: Result) -> str:
    mutant = result.mutant
    where = f"{mutant.path}:{mutant.line} {mutant.place.function}".rstrip()
    return f"{where}: {result.outcome.value}\n  - {mutant.before}\n  + {mutant.after}"


def _find_outdated(
    results: Sequence[Result], known: Sequence[Known], made: Iterable[Mutant]
) -> Iterator[str]:
    """Known mutants of these modules that were noticed, or are not made any more."""
    noticed = {each.mutant for each in results if not each.survived}
    files, remaining = set(), []
    for mutant in made:
        files.add(str(mutant.path))
        if mutant not in noticed:
            remaining.append(mutant)
    for each in known:
        if each.file in files and not any(each.is_of(mutant) for mutant in remaining):
            yield f"{each.file} {each.function}: {each.before} -> {each.after}"


def _row(numbers: Score) -> str:
    cells = (
        numbers.name,
        *(numbers.mutants, numbers.killed, numbers.timeouts, numbers.survived),
        *(numbers.untested, numbers.known, f"{numbers.percent:.0f} %"),
    )
    return f"| {' | '.join(map(str, cells))} |"
