"""What is given on the marking page stands in nbgrader's own formgrader, opened in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbgrader.api import Gradebook

from sheetgrader.course.directory import Course
from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import Given, Mark

from .formgrader import formgrader

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
_COMMENT = "The sign is justified by a picture."


def test_a_mark_and_its_comment_stand_in_the_formgrader(course: Path, chromium: Browser) -> None:
    sheet = Course.load(course).sheet("sheet")
    marking = Marking(sheet, by="ada")
    answer = marking.answers("sheet", "ex2_text")[0]
    (first, *_) = marking.question("sheet", "ex2_text").rubric.items
    given = marking.give(answer.id, Mark(applied={first.id: 1}, adjustment=0.05, comment=_COMMENT), answer.version)
    assert isinstance(given, Given)
    with Gradebook(sheet.course.db_url) as gradebook:
        opened = gradebook.find_submission_notebook("sheet", "sheet", answer.group).id
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(120_000)
    try:
        with formgrader(course) as address:
            page.goto(f"{address}/submissions/{opened}/", wait_until="commit")
            for field in ("ex2_text", "ex2_text-comment"):
                page.wait_for_function("id => document.getElementById(id)?.value", arg=field)
            assert float(page.input_value("#ex2_text")) == 0.25
            assert page.input_value("#ex2_text-comment") == _COMMENT
    finally:
        page.close()
