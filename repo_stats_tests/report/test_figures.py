"""Charts as elements of a page."""

from repo_stats.report.charts import Chart
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
