"""Checks of a sheet's source before anything is generated from it: one sentence for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError, ValidationError
from nbgrader.utils import is_grade, is_solution, is_task

from sheetgrader.course.directory import Sheet
from sheetgrader.course.regions import CourseDelimiters, split
from sheetgrader.course.source import SourceNotebook, nbgrader_metadata
from sheetgrader.grading.collection import CollectedCriterion
from sheetgrader.items import holds_no_code
from sheetgrader.release.schemes import check_schemes

#: What a file takes at least.
_PAGE_BYTES: Final = 4096


def check_source(
    sheet: Sheet, notebooks: Sequence[SourceNotebook], criteria: Sequence[CollectedCriterion]
) -> list[str]:
    """Return what is wrong with the source of ``sheet``, one sentence each; empty where all is well."""
    delimiters = CourseDelimiters.of(sheet.course.config)
    problems = [problem for notebook in notebooks for problem in _check_notebook(notebook, delimiters)]
    if criteria or sheet.grader_files():
        problems += _check_criteria(sheet, notebooks, criteria)
    problems += check_schemes(notebooks, delimiters)
    problems += _check_regulations(sheet, notebooks)
    problems += _check_other_files(sheet, delimiters)
    problems += _check_room(sheet)
    return problems


def _check_notebook(source: SourceNotebook, delimiters: CourseDelimiters) -> Iterator[str]:
    language = source.notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language not in delimiters.code_stubs:
        yield f"{source.path} is written in {language}, for which c.ClearSolutions.code_stub has no stub"
    validator = MetadataValidator()
    seen: dict[str, int] = {}
    for index, cell in enumerate(source.notebook.cells):
        yield from (f"{source.place(index)}: {problem}" for problem in _check_metadata(cell, validator))
        yield from (f"{source.place(index)}, {problem}" for problem in _check_regions(cell, delimiters))
        grade_id = nbgrader_metadata(cell).get("grade_id")
        if isinstance(grade_id, str) and grade_id:
            if grade_id in seen:
                yield (
                    f"{source.place(index)}: the grade id {grade_id!r} is that of cell {seen[grade_id] + 1}, too; each"
                    " cell needs one of its own"
                )
            seen.setdefault(grade_id, index)


def _check_metadata(cell: NotebookNode, validator: MetadataValidator) -> Iterator[str]:
    if not nbgrader_metadata(cell):
        return
    if (is_grade(cell) or is_task(cell)) and not isinstance(nbgrader_metadata(cell).get("points"), (int, float)):
        yield "its points are missing; enter them in Jupyter's Create Assignment toolbar"
        return
    try:
        validator.validate_cell(cell)
    except SchemaTooOldError:
        yield "its nbgrader metadata are of an older version; bring them up to date with: nbgrader update"
    except SchemaTooNewError:
        yield "its nbgrader metadata are of a newer version than the nbgrader that is installed"
    except ValidationError as error:
        yield f"its nbgrader metadata are not valid: {str(error).splitlines()[0]}"


def _check_regions(cell: NotebookNode, delimiters: CourseDelimiters) -> Iterator[str]:
    yield from (problem for kind in delimiters.all if (problem := split(cell.source, kind).problem))
    solution = split(cell.source, delimiters.solution)
    if solution.found and delimiters.solution.enforced and not is_solution(cell):
        yield "a solution stands in a cell that is no answer; mark the cell as an answer, or take the delimiters out"
    # A solution cell without a region is replaced as a whole, so nothing else in it matters.
    remaining = "\n".join(solution.outside) if solution.found or not is_solution(cell) else ""
    if split(remaining, delimiters.hidden_tests).found and delimiters.hidden_tests.enforced and not is_grade(cell):
        yield "hidden tests stand in a cell without points; mark the cell as autograder tests"
    if split(remaining, delimiters.mark_scheme).found and delimiters.mark_scheme.enforced and not is_task(cell):
        yield (
            "a marking scheme stands outside of what is replaced; put it into the solution, or mark the cell as a"
            " manually graded task"
        )


def _check_criteria(
    sheet: Sheet, notebooks: Sequence[SourceNotebook], criteria: Sequence[CollectedCriterion]
) -> Iterator[str]:
    ungraded = sheet.regulations.ungraded_cells if sheet.regulations else ()
    tests = {
        str(nbgrader_metadata(cell).get("grade_id")): (notebook.place(index), cell.source)
        for notebook in notebooks
        for index, cell in enumerate(notebook.notebook.cells)
        if is_grade(cell) and not is_solution(cell) and cell.cell_type == "code"
    }
    covered = set()
    for criterion in criteria:
        names = {criterion.question, f"{criterion.question}_test"} & tests.keys()
        covered |= names
        if not names:
            yield (
                f"grader_tests/{sheet.name}/{criterion.name} judges {criterion.question!r}, but no notebook has a test"
                f" cell {criterion.question}_test"
            )
    for grade_id, (place, source) in tests.items():
        if grade_id in covered and not holds_no_code(source):
            yield (
                f"{place} holds test code, though graders judge it; leave the cell empty, its points come from"
                f" grader_tests/{sheet.name}/"
            )
        if grade_id not in covered and holds_no_code(source) and grade_id not in ungraded:
            yield (
                f"{place} is judged by no criterion in grader_tests/{sheet.name}/; write one with"
                f" @criterion({grade_id.removesuffix('_test')!r}), or name the cell under ungraded_cells in sheet.toml"
            )


def _check_regulations(sheet: Sheet, notebooks: Sequence[SourceNotebook]) -> Iterator[str]:
    if sheet.regulations is None:
        return
    ids = [
        str(nbgrader_metadata(cell).get("grade_id", "")) for notebook in notebooks for cell in notebook.notebook.cells
    ]
    path = sheet.source_folder / "sheet.toml"
    for question in sheet.regulations.bonus:
        if not any(grade_id == question or grade_id.startswith(f"{question}_") for grade_id in ids):
            yield f"{path}: bonus names {question!r}, but no cell of the sheet belongs to it"
    for grade_id in sheet.regulations.ungraded_cells:
        if grade_id not in ids:
            yield f"{path}: ungraded_cells names {grade_id!r}, but the sheet has no such cell"


def _check_other_files(sheet: Sheet, delimiters: CourseDelimiters) -> Iterator[str]:
    for path, content in sheet.source_files().items():
        text = content[: 1 << 20].decode("utf-8", "ignore") if b"\0" not in content[:4096] else ""
        for kind in delimiters.all:
            if kind.begin in text:
                yield (
                    f"{sheet.source_folder / path} holds {kind.begin!r}, but nbgrader hands this file out as it is: it"
                    " removes regions from notebooks only"
                )


def _check_room(sheet: Sheet) -> Iterator[str]:
    """Hold the sheet's own files against the work folder, which must have room for a group's as well."""
    settings = sheet.course.settings
    taken = sum(-(-len(content) // _PAGE_BYTES) * _PAGE_BYTES for content in sheet.source_files().values())
    if settings.disk_bytes - taken < min(settings.submission_bytes, settings.disk_bytes // 8):
        yield (
            f"the files in {sheet.source_folder} take {taken / (1 << 20):.1f} of the {settings.disk_bytes >> 20} MiB"
            " that the work folder of a sandbox holds, and leave too little for what a group hands in and writes; raise"
            " c.Sheetgrader.disk_bytes"
        )
