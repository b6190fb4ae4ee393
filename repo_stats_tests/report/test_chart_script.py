"""The script that draws the charts: when it is written, and what is in it."""

from pathlib import Path

import pytest

from repo_stats.report import chart_script
from repo_stats.report.chart_script import chart_script_version, write_chart_script
from repo_stats.report.charts import CHARTS
from repo_stats.warehouse.files import Files


def test_the_script_is_written_once_and_again_when_it_is_damaged_or_of_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make() -> str:
        made.append("draw();")
        return made[-1]

    monkeypatch.setattr(chart_script, "_make_script", make)
    path = tmp_path / "report" / "charts.js"
    for content, times in ((None, 1), (None, 1), (b"damaged", 2), (b"// an earlier one\n", 3)):
        if content is not None:
            path.write_bytes(content)
        write_chart_script(Files(str(tmp_path)), "report")
        assert path.read_text() == f"// {chart_script_version()}\ndraw();"
        assert len(made) == times


def test_another_version_of_the_libraries_is_another_version_of_the_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = chart_script_version()
    monkeypatch.setattr(chart_script, "version", lambda name: f"another {name}")
    assert chart_script.chart_script_version.__wrapped__() != before


def test_the_script_has_the_libraries_and_every_chart(tmp_path: Path) -> None:
    write_chart_script(Files(str(tmp_path)), "report")
    script = (tmp_path / "report" / "charts.js").read_text()
    assert "vegaEmbed" not in script.split("\n", 1)[0]
    for name in CHARTS:
        assert f'"{name}":{{"$schema":' in script.replace(": {", ":{").replace('" :', '":')
    assert len(script) > 500_000
