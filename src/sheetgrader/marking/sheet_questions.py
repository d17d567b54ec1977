"""The questions of a sheet, as people mark them: out of its source, its release and the gradebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.errors import GradebookError
from sheetgrader.items import SourceCell
from sheetgrader.marking.answer_index import CellKey, SheetQuestions, skeleton_wordings
from sheetgrader.marking.model import QuestionKind, QuestionToMark
from sheetgrader.marking.rubrics import Rubric
from sheetgrader.store.database import open_gradebook, read_source_cells
from sheetgrader.store.standings import sheet_outline


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed once a sheet is released."""

    #: In the sheet's order, without their rubrics.
    all: dict[CellKey, QuestionToMark]
    #: By cell with points, the cell of the same notebook that its comment stands at.
    comment_cells: dict[CellKey, str]
    #: What the index of answers has to know.
    indexed: SheetQuestions


def read_questions(sheet: Sheet) -> Questions:
    """Return the questions of a sheet.

    Raises:
        GradebookError: the gradebook cannot be read, or does not know the sheet.
        CourseError: ``sheet.toml`` is broken.
    """
    with open_gradebook(sheet.course) as gradebook:
        source = read_source_cells(gradebook, sheet.name)
    if source is None:
        raise GradebookError(
            f"the gradebook does not know the sheet {sheet.name}; run: sheetgrader release {sheet.name}"
        )
    outline = sheet_outline(sheet)
    order = {key: position for position, key in enumerate(outline.questions)}
    found: dict[CellKey, QuestionToMark] = {}
    comment_cells: dict[CellKey, str] = {}
    cells: dict[str, tuple[SourceCell, ...]] = {}
    for notebook in sorted(source, key=lambda name: min((order[key] for key in order if key[0] == name), default=0)):
        in_order = sorted(source[notebook][1], key=lambda cell: order.get((notebook, cell.grade_id), len(order)))
        cells[notebook] = tuple(in_order)
        comment_cells |= {(notebook, name): beside for name, beside in _comment_cells(in_order)}
        for cell in in_order:
            if cell.grade or cell.task:
                name = outline.question(notebook, cell.grade_id)
                found[notebook, cell.grade_id] = QuestionToMark(
                    notebook=notebook,
                    grade_id=cell.grade_id,
                    name=name.name,
                    title=name.title,
                    kind=_kind(cell),
                    max_points=cell.max_points or 0.0,
                    rubric=_no_rubric(notebook, cell),
                )
    texts = frozenset(key for key, one in found.items() if one.kind in {QuestionKind.TEXT, QuestionKind.TASK})
    released = {name: _content(sheet, name) for name in cells}
    skeletons = skeleton_wordings(released, cells, texts)
    return Questions(
        all=found,
        comment_cells=comment_cells,
        indexed=SheetQuestions(
            names={key: one.name for key, one in found.items()},
            texts=texts,
            skeletons={key: skeletons[key] for key in found if key in skeletons},
        ),
    )


def with_rubrics(
    questions: Mapping[CellKey, QuestionToMark], rubrics: Mapping[CellKey, Rubric]
) -> dict[CellKey, QuestionToMark]:
    """Return the questions with what their answers can earn by ``rubrics``; the rest are given points without items."""
    return {
        key: msgspec.structs.replace(
            question,
            rubric=msgspec.structs.replace(rubrics.get(key, question.rubric), max_points=question.max_points),
        )
        for key, question in questions.items()
    }


def _kind(cell: SourceCell) -> QuestionKind:
    if cell.task:
        return QuestionKind.TASK
    if not cell.solution:
        return QuestionKind.TEST
    return QuestionKind.CODE if cell.cell_type == "code" else QuestionKind.TEXT


def _comment_cells(cells: list[SourceCell]) -> Iterator[tuple[str, str]]:
    """Yield each cell with points and the cell that nbgrader has a comment for: of tests, the answer cell above."""
    above = ""
    for cell in cells:
        if cell.solution or cell.task:
            above = cell.grade_id
        if cell.grade or cell.task:
            if above:
                yield cell.grade_id, above
            above = ""


def _no_rubric(notebook: str, cell: SourceCell) -> Rubric:
    return Rubric(notebook=notebook, grade_id=cell.grade_id, max_points=cell.max_points or 0.0)


def _content(sheet: Sheet, notebook: str) -> bytes | None:
    try:
        return (sheet.release_folder / f"{notebook}.ipynb").read_bytes()
    except OSError:
        return None
