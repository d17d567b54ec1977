"""Releasing a sheet: source to skeleton, checked before anybody sees it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade, is_solution

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_own_folder
from sheetgrader.course.regions import CourseDelimiters
from sheetgrader.course.source import SourceNotebook, read_notebook
from sheetgrader.course.staging import recover, staging_folder, swap_in
from sheetgrader.errors import CourseError
from sheetgrader.grading.collection import collect
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.release.leaks import find_leaks
from sheetgrader.release.lint import check_source
from sheetgrader.release.schemes import scheme_remarks
from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult
from sheetgrader.store.generation import generate, regenerate
from sheetgrader.store.material import Material, make_item, regenerated_material
from sheetgrader.store.soundness import problems_of, remarks_on

Grade = Callable[[WorkItem], GradedSubmission]


class ReleaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a release."""

    sheet: str
    #: One sentence for each reason not to release; empty where the sheet was released.
    problems: tuple[str, ...] = ()
    #: Sentences about what an instructor may want to change, though it does not stand in the way.
    remarks: tuple[str, ...] = ()
    #: The files of the skeleton, by path relative to ``folder``.
    files: tuple[str, ...] = ()
    folder: str = ""
    #: Points of the whole sheet, and of the cells that are graded automatically.
    max_points: float = 0.0
    automatic_points: float = 0.0
    #: How the reference solution and the empty skeleton were graded.
    reference: SubmissionResult | None = None
    skeleton: SubmissionResult | None = None

    @property
    def released(self) -> bool:
        """Whether the skeleton is in ``release/`` now."""
        return not self.problems


def release(sheet: Sheet, *, grade: Grade | None) -> ReleaseReport:
    """Generate the skeleton of ``sheet``, check it, and put it into ``release/`` and the gradebook if all is well.

    Args:
        sheet: what to release.
        grade: grades the reference solution, which must get all points, and the skeleton, which must get none; None
            leaves these checks out.

    Raises:
        CourseError: the source cannot be read at all, or nbgrader refuses it.
        GradebookError: the gradebook cannot be written.
    """
    notebooks = [read_notebook(path) for path in sheet.source_notebooks().values()]
    problems = _problems_in_source(sheet, notebooks)
    remarks = (*_remarks(notebooks), *scheme_remarks(sheet, notebooks))
    report = ReleaseReport(sheet=sheet.name, problems=tuple(problems), remarks=remarks)
    if problems:
        return report
    with staging_folder(sheet.course) as staging:
        report = _rehearse(sheet, notebooks, staging, report, grade)
        if report.problems:
            return report
        finished = generate(sheet, staging / "release", sheet.course.db_url)
        return _put_in_place(sheet, finished, report)


def problems_in_source(sheet: Sheet) -> list[str]:
    """Return what the source of ``sheet`` is refused for before anything is generated from it.

    Raises:
        CourseError: it cannot be read at all.
    """
    return _problems_in_source(sheet, [read_notebook(path) for path in sheet.source_notebooks().values()])


def _problems_in_source(sheet: Sheet, notebooks: Sequence[SourceNotebook]) -> list[str]:
    graders = sheet.grader_files()
    return check_source(sheet, notebooks, collect(graders) if graders else ())


def differences(sheet: Sheet) -> list[str]:
    """Return one sentence for each file in ``release/`` that differs from what the source generates now.

    Raises:
        CourseError: nbgrader refuses the source.
    """
    with staging_folder(sheet.course) as staging:
        expected = read_own_folder(regenerate(sheet, staging), [])
    present = read_own_folder(sheet.release_folder, [])
    way_out = f"run: sheetgrader release {sheet.name}"
    return [
        f"{sheet.release_folder / path} {what}; {way_out}"
        for path in sorted({*expected, *present})
        if (what := _difference(expected.get(path), present.get(path)))
    ]


def _difference(expected: bytes | None, present: bytes | None) -> str:
    if expected is None:
        return "is there, but the source does not generate it"
    if present is None:
        return "is missing"
    return "" if expected == present else "differs from what the source generates"


def _rehearse(
    sheet: Sheet, notebooks: Sequence[SourceNotebook], staging: Path, report: ReleaseReport, grade: Grade | None
) -> ReleaseReport:
    """Generate the skeleton with a gradebook of its own, and check it."""
    skeleton = read_own_folder(regenerate(sheet, staging), [])
    material = regenerated_material(sheet, staging)
    problems = find_leaks(
        [each.notebook for each in notebooks], material.graders, skeleton, CourseDelimiters.of(sheet.course.config)
    )
    problems += problems_of(sheet, material)
    for name in (notebook.name for notebook in notebooks):
        problems += _check_skeleton(sheet, name, skeleton[f"{name}.ipynb"])
    automatic = [
        cell for notebook in material.notebooks for cell in notebook.source_cells if cell.grade and not cell.solution
    ]
    report = msgspec.structs.replace(
        report,
        problems=tuple(problems),
        remarks=(*report.remarks, *remarks_on(sheet, material)),
        files=tuple(sorted(skeleton)),
        max_points=sum(cell.max_points or 0.0 for notebook in material.notebooks for cell in notebook.source_cells),
        automatic_points=sum(cell.max_points or 0.0 for cell in automatic),
    )
    if problems or grade is None:
        return report
    answered = {each.name: each.path.read_bytes() for each in notebooks}
    own = _item(sheet, "reference solution", material, answered, sheet.solution_files())
    reference = grade(msgspec.structs.replace(own, tells_imports=True)).result
    empty = grade(
        _item(sheet, "empty skeleton", material, {each.name: skeleton[f"{each.name}.ipynb"] for each in notebooks})
    ).result
    ungraded = sheet.regulations.ungraded_cells if sheet.regulations else ()
    automatic_ids = {cell.grade_id for cell in automatic if cell.grade_id not in ungraded}
    problems = [*_check_reference(reference, automatic_ids, has_graders=bool(material.graders))]
    problems += _check_first_cells(empty, notebooks)
    if material.graders:
        problems += _check_empty(empty)
    return msgspec.structs.replace(report, problems=tuple(problems), reference=reference, skeleton=empty)


def _item(
    sheet: Sheet,
    group: str,
    material: Material,
    notebooks: Mapping[str, bytes],
    files: Mapping[str, bytes] | None = None,
) -> WorkItem:
    return make_item(sheet, group, material, notebooks, {**(files or {}), **material.source_files})


def _put_in_place(sheet: Sheet, finished: Path, report: ReleaseReport) -> ReleaseReport:
    folder = sheet.release_folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        recover(folder)
        with swap_in(finished, folder):
            pass
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error.strerror}") from None
    return msgspec.structs.replace(report, folder=str(folder))


def _remarks(notebooks: Sequence[SourceNotebook]) -> Iterator[str]:
    for source in notebooks:
        if source.without_id:
            cells = ", ".join(str(index + 1) for index in source.without_id[:10])
            yield (
                f"{source.path}: cells {cells} have no id of their own, so every release differs; open the notebook in"
                " Jupyter and save it"
            )


def _check_skeleton(sheet: Sheet, name: str, content: bytes) -> list[str]:
    """Check that a released notebook opens, and that all its code is Python where the notebook is."""
    path = sheet.release_folder / f"{name}.ipynb"
    notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        return [f"{path} would not open: {str(error).splitlines()[0]}"]
    if notebook.metadata.get("kernelspec", {}).get("language", "python") != "python":
        return []
    return [
        f"{path}, cell {index + 1}{_in_brackets(cell)} is no Python, line {wrong.lineno}: {wrong.msg}"
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and (wrong := _syntax_error(cell.source)) is not None
    ]


def _syntax_error(source: str) -> SyntaxError | None:
    """Return why a cell cannot be compiled, with IPython's magics taken into account."""
    from IPython.core.inputtransformer2 import (
        TransformerManager,
    )  # only a release needs it, and it takes a while to import

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            compile(
                TransformerManager().transform_cell(source),
                "<cell>",
                "exec",
                ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            )
    except SyntaxError as error:
        return error
    return None


def _check_reference(result: SubmissionResult, automatic: set[str], *, has_graders: bool) -> Iterator[str]:
    if result.error:
        yield f"the reference solution could not be graded: {result.error}"
        return
    for cell in result.cells:
        if cell.grade_id in automatic and (cell.points is None or cell.points < cell.max_points - 1e-9):
            yield (
                f"the reference solution gets {_points(cell)} of {cell.max_points:g} points in"
                f" {cell.grade_id}{_reasons(cell)}"
            )
    if has_graders:
        # In an ordinary course a cell may fail on purpose; here the public checks must accept the reference.
        for run in result.runs:
            if run.outcome is not Outcome.RIGHT:
                yield (
                    f"the reference solution's {run.cell} in {run.notebook}.ipynb did not run: {run.outcome.value}:"
                    f" {run.message}"
                )


def _check_empty(result: SubmissionResult) -> Iterator[str]:
    for cell in result.cells:
        if cell.points:
            right = ", ".join(criterion.name for criterion in cell.criteria if criterion.fraction > 0)
            yield f"the empty skeleton gets {_points(cell)} points in {cell.grade_id}" + (
                f", for {right}" if right else ""
            )
        elif cell.outcome is Outcome.NOT_JUDGED:
            yield f"the empty skeleton could not be judged in {cell.grade_id}{_reasons(cell)}"


def _check_first_cells(result: SubmissionResult, notebooks: Sequence[SourceNotebook]) -> Iterator[str]:
    """Check that what stands before the first answer runs in the skeleton: the imports, mostly."""
    if result.error:
        yield f"the empty skeleton could not be graded: {result.error}"
    for source in notebooks:
        first = set()
        for index, cell in enumerate(source.notebook.cells):
            if is_solution(cell) or is_grade(cell):
                break
            first.add(str(cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {index + 1}"))
        for run in result.runs:
            if run.notebook == source.name and run.cell in first and run.outcome is not Outcome.RIGHT:
                yield f"{source.path}: {run.cell} does not run in the skeleton: {run.outcome.value}: {run.message}"


def _points(cell: CellResult) -> str:
    return "no" if cell.points is None else f"{cell.points:g}"


def _reasons(cell: CellResult) -> str:
    """Return why a cell lost points; release talks to instructors, so what only they may read is told, too."""
    lost = [
        criterion for criterion in cell.criteria if criterion.fraction < 1 or criterion.outcome is Outcome.NOT_JUDGED
    ]
    if not lost:
        return f": {cell.message}" if cell.message else ""
    return ": " + "; ".join(" ".join(part for part in _explanation(criterion) if part) for criterion in lost)


def _explanation(criterion: CriterionResult) -> tuple[str, ...]:
    # Where the grader itself failed, its traceback says why; a student's message says only that a tutor will look at
    # it.
    why = (
        _failure(criterion.detail)
        if criterion.outcome is Outcome.NOT_JUDGED
        else criterion.why_it_does_not_count or criterion.message or _last_line(criterion.detail)
    )
    return criterion.name, f"({criterion.outcome.value})", why


def _failure(traceback: str) -> str:
    """Return what a grader failed with and where, from pytest's report."""
    said = [line.removeprefix("E").strip() for line in traceback.splitlines() if line.startswith("E  ")]
    place = _last_line(traceback)
    return f"{place}: {said[-1].partition(': ')[2]}".removesuffix(": ") if said else place


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


def _in_brackets(cell: NotebookNode) -> str:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return f" ({grade_id})" if grade_id else ""
