"""Charts as elements of a page, and what they are made from."""

import json

import pytest

from repo_stats.report.charts import CHARTS, Chart, Charts
from repo_stats.report.figures import find_figures, make_figure, sparkline_path


def test_a_figure_is_found_on_a_page_by_its_specification() -> None:
    name = Chart("spec").name
    figure = make_figure(name, '<svg width="10" height="5" viewBox="0 0 9 9"><g style="x"/></svg>')
    assert figure.endswith('><svg class="chart" viewBox="0 0 9 9"><g/></svg></figure>')
    assert find_figures(f"<p>{figure}</p>") == {name: figure}
    assert Chart("another").name != name


def test_a_sparkline_needs_two_numbers() -> None:
    assert sparkline_path([]) == sparkline_path([{"value": 1}]) == ""
    assert sparkline_path([{"value": 3}, {"value": 3}]) == "M0.0,20.0L96.0,20.0"
    assert sparkline_path([{"value": 0}, {"value": 9}]) == "M0.0,20.0L96.0,2.0"


@pytest.mark.parametrize("name", ["_version", "_RENDERING_REVISION"])
def test_a_chart_rendered_by_another_version_has_another_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = Chart("spec").name
    assert Chart("spec").name == before
    monkeypatch.setattr(f"repo_stats.report.charts.{name}", lambda: "another version")
    assert Chart("spec").name != before


AMOUNTS = {"comparison": "x"}
"""On which axis of a chart the amounts are, if that is not the y axis."""


@pytest.mark.parametrize("name", CHARTS)
def test_amounts_are_drawn_from_zero_and_only_stars_from_their_least(name: str) -> None:
    row = {"day": "2026-09-01", "age": "1 to 4 weeks", "name": "a/b", "kind": "issues", "value": 9}
    specification = json.loads(Charts().fill(name, [row]).specification)
    [scale] = [s for s in specification["scales"] if s["name"] == AMOUNTS.get(name, "y")]
    assert scale["type"] == "linear"
    assert scale["zero"] is (name != "stars")


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([0, 9, 3], "M0.0,20.0L48.0,2.0L96.0,14.0"),
        ([5, 1, 1, 5], "M0.0,2.0L32.0,20.0L64.0,20.0L96.0,2.0"),
        ([-2, -1], "M0.0,20.0L96.0,2.0"),
    ],
)
def test_a_sparkline_goes_from_its_least_to_its_largest_number(
    values: list[int], path: str
) -> None:
    assert sparkline_path([{"value": value} for value in values]) == path


def test_figures_are_found_in_their_order_and_without_inline_styles_and_sizes() -> None:
    svg = '<svg width="10.5" height="5" viewBox="0 0 9 9"><rect style="a" width="3"/>\n</svg>'
    names = [Chart(text).name for text in ("one", "two")]
    figures = [make_figure(name, svg) for name in names]
    assert figures[0] == (
        f'<figure id="{names[0]}"><svg class="chart" viewBox="0 0 9 9"><rect width="3"/>\n</svg>'
        "</figure>"
    )
    assert find_figures(f'<figure id="x"></figure>{figures[0]}<p>{figures[1]}</p>') == dict(
        zip(names, figures, strict=True)
    )
    assert all(len(name) == len("chart-") + 32 for name in names)
