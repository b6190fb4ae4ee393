"""The script that draws the charts: one file in the report's folder, which all pages use.

It has the Vega libraries (vl-convert brings them), the specifications of all charts, and the
functions that draw them. A page's policy allows scripts of its own folder and no `eval`, so that
Vega interprets its expressions.
"""

import json
from functools import cache
from importlib.metadata import version
from importlib.resources import files as resources_of

from repo_stats.json_codec import hash_json
from repo_stats.report.charts import compile_charts
from repo_stats.warehouse.files import Files

SCRIPT = "charts.js"

_PARTS = ("read.js", "draw.js")

_MADE_FROM = ("charts.py", "chart_script.py", *(f"templates/{part}" for part in _PARTS))


@cache
def chart_script_version() -> str:
    """Differs when the script does. Pages name it, so that a browser keeps no earlier script."""
    package = resources_of("repo_stats.report")
    libraries = [version(name) for name in ("altair", "vl-convert-python")]
    texts = [package.joinpath(name).read_text(encoding="utf-8") for name in _MADE_FROM]
    return hash_json([libraries, texts])[:16]


def write_chart_script(files: Files, folder: str) -> None:
    """Write the script, unless this version is there.

    Args:
        files: of the warehouse.
        folder: the report's folder.
    """
    path, mark = f"{folder}/{SCRIPT}", f"// {chart_script_version()}\n".encode()
    if not (files.read(path) or b"").startswith(mark):
        files.write(path, mark + _make_script().encode())


@cache
def _make_script() -> str:
    import vl_convert

    templates = resources_of("repo_stats.report").joinpath("templates")
    parts = [templates.joinpath(part).read_text(encoding="utf-8") for part in _PARTS]
    specifications = f"const SPECIFICATIONS = {json.dumps(compile_charts())};"
    script: str = vl_convert.javascript_bundle("\n".join([specifications, *parts]))
    return f"(() => {{\n{script}\n}})();\n"  # its names stay apart from those of a page's script
