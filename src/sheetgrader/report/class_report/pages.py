"""How the pages of a report become HTML: complete in themselves, loading nothing, and read without a script."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from sheetgrader.report.class_report.facts import group_page
from sheetgrader.report.pages import with_code
from sheetgrader.report.templating import environment as template_environment
from sheetgrader.report.templating import fingerprint
from sheetgrader.report.words import counted, number

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(template: str, **content: Any) -> bytes:
    """Return a page.

    Args:
        template: its name, without ending.
        content: what it shows; ``up`` leads from it to the overview's folder.
    """
    style, script = _text("report.css"), _text("report.js")
    page = _environment().get_template(f"{template}.html")
    # Our own files.
    return page.render(
        style=Markup(style),  # noqa: S704
        style_fingerprint=fingerprint(style),
        script=Markup(script),  # noqa: S704
        script_fingerprint=fingerprint(script),
        **{"up": "", **content},
    ).encode("utf-8", "replace")


def macro(template: str, name: str) -> Callable[..., Markup]:
    """Return a macro of one of the templates."""
    found: Callable[..., Markup] = getattr(_environment().get_template(f"{template}.html").module, name)
    return found


def shade(points: float, most: float) -> str:
    """Return the class of a cell that holds ``points``: five steps, none and all apart."""
    if most <= 0:
        return "p0"
    share = points / most
    return "p0" if share <= 0 else "p5" if share >= 1 else f"p{1 + min(3, int(share * 4))}"


@cache
def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = template_environment(_TEMPLATES)
    environment.filters["number"] = number
    environment.filters["with_code"] = with_code
    environment.filters["group_page"] = group_page
    environment.globals["counted"] = counted
    environment.globals["shade"] = shade
    return environment
