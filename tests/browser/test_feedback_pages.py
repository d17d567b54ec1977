"""Feedback pages as a browser has them: nothing on them keeps anybody from reading them, and links lead to cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Page

from sheetgrader.report.feedback_page import FeedbackContent, NotebookContent, feedback_page, plain_page
from sheetgrader.report.pages import render
from sheetgrader.report.questions import GivenItem, Mark
from sheetgrader.results import CellResult, CellRun, CriterionResult, Outcome, SubmissionResult
from sheetgrader.store.objections import Exchange

pytestmark = pytest.mark.browser

WIDE = "$$" + " + ".join(f"x_{{{number}}}" for number in range(200)) + "$$"
STUB = "def g(x):\n    raise NotImplementedError"


def _facts(name: str, **facts: Any) -> dict[str, Any]:
    return {"nbgrader": {"grade_id": name, **facts}}


def _notebook() -> NotebookNode:
    """Return a notebook with a question of each kind."""
    failed = [new_output("error", ename="ValueError", evalue="bad", traceback=["ValueError: bad"])]
    frame = (
        "<table><thead><tr><th></th><th>a</th></tr></thead><tr><th>0</th><td>1</td></tr></table><h5>deep</h5><h4></h4>"
    )
    table = (
        f"{frame}<h5>deep</h5><h4></h4><a href='https://example.org'></a><table><tr>"
        + "<td>cell</td>" * 80
        + "</tr></table>"
    )
    shown = [
        new_output("stream", name="stdout", text="wide " * 300),
        new_output("stream", name="stderr", text="a warning"),
        new_output("display_data", data={"text/html": table}),
    ]
    return new_notebook(
        cells=[
            new_markdown_cell("# How to work", metadata=_facts("intro", locked=True)),
            new_code_cell("import numpy as np  # a comment", metadata=_facts("imports", locked=True), outputs=shown),
            new_markdown_cell("## 1a) Squares\n\n" + WIDE, metadata=_facts("ex1a", locked=True)),
            new_code_cell(
                "1 / 0\ndef f(x): return 'text' # why", metadata=_facts("ex1a_code", solution=True), outputs=failed
            ),
            new_code_cell("# judged", metadata=_facts("ex1a_test", grade=True, locked=True)),
            new_markdown_cell("## 1b) Left", metadata=_facts("ex1b", locked=True)),
            new_code_cell(STUB, metadata=_facts("ex1b_code", solution=True)),
            new_code_cell("# judged", metadata=_facts("ex1b_test", grade=True, locked=True)),
            new_markdown_cell("## 2) Proof", metadata=_facts("ex2", locked=True)),
            new_markdown_cell(
                "It holds that $a \\not= b$, see [the data](data/x.csv).\n\n"
                "# Big\n\n#### Deep\n\n| | $x$ |\n|---|---|\n| 1 | 2 |\n\n" + WIDE,
                metadata=_facts("ex2_text", grade=True, solution=True),
            ),
            new_markdown_cell("## 3) More", metadata=_facts("ex3", locked=True)),
            new_markdown_cell("Words.", metadata=_facts("ex3_text", grade=True, solution=True)),
        ]
    )


def _criteria() -> tuple[CriterionResult, ...]:
    outcomes = (Outcome.RIGHT, Outcome.WRONG, Outcome.PARTLY_RIGHT, Outcome.NOT_JUDGED, Outcome.TIMED_OUT)
    return tuple(
        CriterionResult(
            name=f"test_sheet.py::test_{number}",
            rubric="`f` is right.",
            weight=1,
            outcome=outcome,
            fraction=1.0 if outcome is Outcome.RIGHT else 0.0,
            message="f(2) was asked for. `f` is not defined.",
            hint="Look at `f`.",
            unmet=("It holds.",) if outcome is Outcome.PARTLY_RIGHT else (),
        )
        for number, outcome in enumerate(outcomes)
    )


def _content() -> FeedbackContent:
    criteria = _criteria()
    cells = tuple(
        CellResult(notebook="sheet", grade_id=name, max_points=1, points=0, outcome=Outcome.WRONG, criteria=criteria)
        for name in ("ex1a_test", "ex1b_test")
    )
    runs = (
        CellRun(notebook="sheet", cell="ex1a_code", outcome=Outcome.RAISED, message="ZeroDivisionError: division"),
        CellRun(notebook="sheet", cell="imports", outcome=Outcome.TIMED_OUT, message="it was stopped after 3 s"),
    )
    marks = {
        "ex1a_test": Mark(0.0, 1.0),
        "ex1b_test": Mark(0.0, 1.0),
        "ex2_text": Mark(
            0.5, 1.0, by_tutor=True, is_earlier=True, items=(GivenItem("The *sign*", "+0.4"),), adjustment=0.1
        ),
        "ex3_text": Mark(None, 1.0),
    }
    return FeedbackContent(
        sheet="sheet",
        title="Squares",
        group="noether",
        notebooks=(
            NotebookContent(
                name="sheet",
                content=nbformat.writes(_notebook()).encode(),
                marks=marks,
                comments={"ex2_text": "Nice, **but** see [here](https://example.org)."},
                bonus=("ex3_text",),
                released={"ex1b_code": STUB},
            ),
        ),
        result=SubmissionResult(sheet="sheet", group="noether", cells=cells, runs=runs, isolation="process"),
        points=0.5,
        late_penalty=0.25,
        bonus=0.25,
        notes=("The file `x` was too large.",),
        objections={"gone": (Exchange(words="I object.", answer="No."),)},
    )


def _pages() -> dict[str, str]:
    content = _content()
    error = "sheet.ipynb is no notebook: it is no JSON (line 1, column 5: Expecting value)"
    broken = msgspec.structs.replace(
        content, cannot_be_graded=True, result=SubmissionResult(sheet="sheet", group="noether", error=error)
    )
    return {
        "whole": render(feedback_page(content)),
        "broken": render(feedback_page(broken)),
        "plain": render(plain_page(content, {"sheet": _notebook()}, "it took too long")),
        "excused": render(feedback_page(msgspec.structs.replace(content, settled="You are excused from this sheet."))),
    }


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, text in _pages().items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(text, encoding="utf-8")
    return found


def _opened(chromium: Browser, path: Path, scheme: Any, width: int) -> Page:
    # The page allows no script; axe is one, and stands beside it.
    context = chromium.new_context(
        bypass_csp=True, color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 844}
    )
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    return page


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["whole", "broken", "plain", "excused"])
def test_axe_finds_nothing(chromium: Browser, pages: dict[str, Path], name: str, scheme: str, width: int) -> None:
    page = _opened(chromium, pages[name], scheme, width)
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_reasons_lead_to_the_cell_that_failed(chromium: Browser, pages: dict[str, Path]) -> None:
    page = _opened(chromium, pages["whole"], "light", 1280)
    reason = page.locator(".trouble", has_text="is missing because").first
    assert "failed: ZeroDivisionError: division." in reason.inner_text()
    reason.locator("a").click()
    assert page.locator(":target").inner_text().startswith("Your answer")
    assert page.locator(":target .trouble, :target .error").count() >= 1
    page.context.close()


def test_question_without_an_answer_is_one_line(chromium: Browser, pages: dict[str, Path]) -> None:
    page = _opened(chromium, pages["whole"], "light", 1280)
    section = page.locator("section.question", has=page.locator("h2", has_text="1b) Left"))
    assert section.locator("p.part").all_inner_texts()[0].startswith("You left this unanswered.")
    assert section.locator(".checks, .hint, pre").count() == 0
    page.context.close()
