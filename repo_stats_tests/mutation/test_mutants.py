"""What is changed in a module, and what is left alone."""

from pathlib import Path

import pytest

from mutation.mutants import Mutant, make_mutants


def mutants_of(tmp_path: Path, text: str) -> list[Mutant]:
    path = tmp_path / "module.py"
    path.write_text(text, encoding="utf-8")
    return make_mutants(path)


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("x = a < b", {"x = a <= b"}),
        ("x = a is not b", {"x = a is b"}),
        ("x = a and b.c and (d or e)", {
            "x = b.c and (d or e)",
            "x = a and (d or e)",
            "x = a and b.c",
            "x = a and b.c and (e)",
            "x = a and b.c and (d)",
        }),
        ("x = 7", {"x = 8"}),
        ("x = 0.9", {"x = 0.45"}),
        ("x = True", {"x = False"}),
        ("x = 'ä'", {'x = "XX"'}),
        ("x = f'{a}, {b}'", {'x = "XX"'}),
        ("x = a - b", {"x = a + b"}),
        ("x = a + 'b'", {'x = a + "XX"'}),
        ("x += a", {"x = a", "x -= a"}),
        ("x = -a", {"x = a"}),
        ("x = a if b else c", {"x = a if True else c", "x = a if False else c"}),
        ("x = [a for a in b if c]", {"x = [a for a in () if c]", "x = [a for a in b if True]"}),
        ("x.y = a", {"pass"}),
        ("del x", {"pass"}),
        ("x = min(a, key=b)", {"x = max(a, key=b)", "x = min(a, )"}),
        ("x = a[b:c]", {"x = a[:c]", "x = a[b:]"}),
        ("x = lambda a: a", {"x = lambda a: None"}),
    ],
)  # fmt: skip
def test_a_line_is_changed_in_each_way(tmp_path: Path, line: str, changes: set[str]) -> None:
    mutants = mutants_of(tmp_path, f"{line}\n")
    assert {mutant.after for mutant in mutants} == changes
    assert {(mutant.before, mutant.line) for mutant in mutants} == {(line, 1)}


@pytest.mark.parametrize(
    ("block", "changes"),
    [
        ("while a:\n    b()", {"while False:", "pass"}),
        ("for a in b:\n    continue", {"for a in ():", "break"}),
        ("with a, b:\n    c()", {"if True:", "pass"}),
        ("with a as b:\n    c()", {"pass"}),
        ("def a():\n    return b == c", {"return None", "return True", "return b != c"}),
        ("try:\n    a = b\nexcept (C, D):\n    raise", {
            "except ():",
            "except (C,):",
            "except (D,):",
            "pass",
        }),
    ],
)  # fmt: skip
def test_a_block_is_changed_in_each_way(tmp_path: Path, block: str, changes: set[str]) -> None:
    assert {mutant.after for mutant in mutants_of(tmp_path, f"{block}\n")} == changes


@pytest.mark.parametrize(
    "text",
    [
        '"""About it."""',
        '__all__ = ["a"]',
        'a: "B | 7"',
        "def a(b: 'C') -> Literal['d']: ...",
        "A = Literal['a']",
        'A = TypeVar("A", bound=B)',
        "a = logging.getLogger('a')",
        "a = cast('B', b)",
        "@dataclass(frozen=True)\nclass A:\n    b: int",
        "if TYPE_CHECKING:\n    a = 7",
        "a = None",
        "a = zip(b, c, strict=True)",
        "a = open(b, encoding='utf-8')",
    ],
)
def test_what_no_test_can_tell_is_left_alone(tmp_path: Path, text: str) -> None:
    assert mutants_of(tmp_path, f"{text}\n") == []


NESTED = """
class Shop:
    rate = 7

    @decorated(1)
    def price(self, tax=2):
        def inner():
            return self.x

        if (
            tax
        ):
            return 5
"""


def test_a_change_is_placed_in_its_outermost_function_and_statement(tmp_path: Path) -> None:
    places = {mutant.after: mutant.place for mutant in mutants_of(tmp_path, NESTED)}
    assert places["rate = 8"].function == "Shop"
    assert places["@decorated(2)"].function == "Shop.price"
    assert {places[line].first_line for line in ("rate = 8", "@decorated(2)")} == {0}
    assert places["def price(self, tax=3):"].first_line == 0
    inside = [places[line] for line in ("return None", "True", "return 6")]
    assert {(place.function, place.first_line) for place in inside} == {("Shop.price", 5)}
    assert [place.lines for place in inside] == [range(8, 9), range(10, 13), range(13, 14)]
