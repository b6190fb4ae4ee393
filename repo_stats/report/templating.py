"""Filling in the templates: the Jinja environment, its filters, and the style and script of pages.

All values are escaped. A page may not send anything, nor load anything from elsewhere: its policy
allows its own style and script, by their hashes, and a page with charts the scripts beside it.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

GENERATOR = "repo_stats"
"""The value of `meta name="generator"`, by which a page of the report is recognized."""


def fill_template(
    template: str,
    *,
    styles: Sequence[str] = ("style.css",),
    scripts: Sequence[str] = ("page.js", "wide.js"),
    **values: Any,
) -> str:
    """The text of a page.

    Args:
        template: a file name in the folder `templates`, as are the following.
        styles: the style sheets that the page contains.
        scripts: the scripts that the page contains.
        values: the variables of the template.
    """
    style, script = ("\n".join(map(_read_resource, names)) for names in (styles, scripts))
    return str(
        _environment()
        .get_template(template)
        .render(
            **values,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            generator=GENERATOR,
        )
    )


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("repo_stats.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=_format_number,
        signed=_format_signed,
        decimal=_format_decimal,
        moment=lambda time: f"{time:%Y-%m-%d %H:%M} UTC",
        web=_web_address,
    )
    return environment


@cache
def _read_resource(name: str) -> str:
    return files("repo_stats.report").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _format_number(value: Any) -> str:
    return "-" if _is_missing(value) else f"{int(value):,}"


def _format_signed(value: Any) -> str:
    return "-" if _is_missing(value) else f"{int(value):+,}"


def _format_decimal(value: Any) -> str:
    return "-" if _is_missing(value) else f"{float(value):,.2f}"


def _is_missing(value: Any) -> bool:
    return value is None or value != value  # NaN is not equal to itself


def _web_address(text: Any) -> str | None:
    """An address that is safe as a link, or None: other people wrote it, and it could be code."""
    return str(text) if str(text).startswith(("https://", "http://")) else None
