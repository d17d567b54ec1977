"""Which of a sheet's criteria an author means by a name."""

from __future__ import annotations

from dataclasses import dataclass

from sheetgrader.course.directory import Sheet
from sheetgrader.course.source import nbgrader_metadata, read_notebook
from sheetgrader.errors import UsageError
from sheetgrader.grading.collection import CollectedCriterion, collect
from sheetgrader.report.words import listed


@dataclass(frozen=True)
class Chosen:
    """Criteria and the test cells that they judge; None for all."""

    names: frozenset[str] | None = None
    cells: frozenset[str] | None = None
    #: Their question; the first where they are of several.
    question: str = ""


def choose(sheet: Sheet, name: str) -> Chosen:
    """Return what ``name`` stands for: a criterion by its test, with or without its file and its case; a question; or a
    test cell, which may judge in itself. An empty name stands for all.

    Raises:
        UsageError: it stands for nothing.
        CourseError: the graders or the notebooks cannot be read.
    """
    if not name:
        return Chosen()
    graders = sheet.grader_files()
    criteria = collect(graders) if graders else ()
    found = [each for each in criteria if name in _names_of(each)]
    if found:
        questions = sorted({_question(each) for each in found})
        cells = frozenset(cell for question in questions for cell in (question, f"{question}_test"))
        return Chosen(frozenset(each.name for each in found), cells, questions[0])
    tests = [
        str(nbgrader_metadata(cell)["grade_id"])
        for path in sheet.source_notebooks().values()
        for cell in read_notebook(path).notebook.cells
        if nbgrader_metadata(cell).get("grade") and cell.cell_type == "code"
    ]
    for cell in (name, f"{name}_test"):
        if cell in tests:
            return Chosen(frozenset(), frozenset({cell}), cell.removesuffix("_test"))
    known = [*dict.fromkeys(each.name.rpartition("::")[2].partition("[")[0] for each in criteria), *tests]
    raise UsageError(f"{sheet.name} has no criterion {name!r}; there is {listed(known, 30)}")


def _question(criterion: CollectedCriterion) -> str:
    return criterion.question.removesuffix("_test")


def _names_of(criterion: CollectedCriterion) -> set[str]:
    """Return all that a criterion may be called."""
    whole, test, question = criterion.name, criterion.name.rpartition("::")[2], _question(criterion)
    return {whole, test, whole.partition("[")[0], test.partition("[")[0], question, f"{question}_test"}
