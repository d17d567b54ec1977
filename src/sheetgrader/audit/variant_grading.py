"""Grades a sheet's own material for real: its reference solution, its skeleton, and variants of answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec
import nbformat
from nbformat import NotebookNode

from sheetgrader.audit.variants import Variant
from sheetgrader.course.directory import Sheet
from sheetgrader.course.regions import CourseDelimiters, as_handed_in
from sheetgrader.course.source import nbgrader_metadata
from sheetgrader.errors import CourseError
from sheetgrader.grading.session import References
from sheetgrader.grading.trial import Trial
from sheetgrader.grading.worker import grade_submission
from sheetgrader.items import WorkItem
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import CellResult, SubmissionResult
from sheetgrader.store.generation import regenerate
from sheetgrader.store.material import Material, make_item, regenerated_material


class VariantGrading:
    """One sheet whose notebooks are graded with any of their answers replaced."""

    def __init__(self, sheet: Sheet, folder: Path, connection: ZygoteConnection) -> None:
        """Prepare to grade.

        Args:
            sheet: whose graders judge.
            folder: an empty folder for the skeleton and a gradebook; nothing of the course is written.
            connection: to the zygote that starts the kernels.
        """
        self.sheet = sheet
        self._folder = folder
        self._connection = connection
        self._references = References(connection)

    def close(self) -> None:
        """End the kernels of the reference solution."""
        self._references.close()

    @cached_property
    def sources(self) -> dict[str, NotebookNode]:
        """The source notebooks with their solutions, by name."""
        return {name: nbformat.read(path, as_version=4) for name, path in self.sheet.source_notebooks().items()}

    @cached_property
    def skeletons(self) -> dict[str, NotebookNode]:
        """The notebooks that students get, by name."""
        return {name: nbformat.read(self._generated / f"{name}.ipynb", as_version=4) for name in self.sources}

    @cached_property
    def _generated(self) -> Path:
        return regenerate(self.sheet, self._folder)

    @cached_property
    def material(self) -> Material:
        """What all submissions of the sheet have in common, as its source has it now."""
        _ = self._generated
        return regenerated_material(self.sheet, self._folder)

    def grade(
        self,
        cells: Mapping[str, str] | None = None,
        *,
        variants: Iterable[Variant] = (),
        files: Mapping[str, bytes] | None = None,
        skeleton: bool = False,
        secret: bytes = b"secret",
        **limits: float,
    ) -> SubmissionResult:
        """Grade the reference solution, or the skeleton, with other answers in some places; see :meth:`item`.

        Raises:
            CourseError: a cell to answer in is in none of the notebooks.
        """
        item = self.item(cells, variants=variants, files=files, skeleton=skeleton, secret=secret, **limits)
        return self.judge(item)

    def judge(self, item: WorkItem, trial: Trial | None = None) -> SubmissionResult:
        """Return the result of an item; with ``trial``, its author looks on."""
        return grade_submission(item, self._connection, self._references, trial).result

    def item(
        self,
        cells: Mapping[str, str] | None = None,
        *,
        variants: Iterable[Variant] = (),
        files: Mapping[str, bytes] | None = None,
        skeleton: bool = False,
        secret: bytes = b"secret",
        **limits: float,
    ) -> WorkItem:
        """Return the work of grading the reference solution, or the skeleton, with other answers in some places.

        Args:
            cells: sources by the grade ids of the cells they go into.
            variants: answers that go into their places, over ``cells`` and ``files``.
            files: files handed in beside the notebooks, in the place of the reference solution's; the skeleton comes
                without any.
            skeleton: start from the skeleton.
            secret: decides the random inputs.
            limits: fields of :class:`~sheetgrader.items.GradingLimits` that are to differ from the course's.

        Raises:
            CourseError: a cell to answer in is in none of the notebooks.
        """
        variants = tuple(variants)
        answers = {**(cells or {}), **{each.cell: each.source for each in variants if each.file is None}}
        start = self.skeletons if skeleton else self.sources
        if unknown := answers.keys() - {_grade_id(cell) for notebook in start.values() for cell in notebook.cells}:
            raise CourseError(f"no notebook of {self.sheet.name} has a cell {', '.join(sorted(unknown))} to answer in")
        own = {} if skeleton else self.sheet.solution_files()
        scripts = {each.file: each.source.encode() for each in variants if each.file is not None}
        material = dataclasses.replace(self.material, secret=secret)
        notebooks = {
            name: nbformat.writes(self._handed_in(notebook, answers)).encode() for name, notebook in start.items()
        }
        item = make_item(
            self.sheet, "group", material, notebooks, {**own, **(files or {}), **scripts, **material.source_files}
        )
        return msgspec.structs.replace(item, limits=msgspec.structs.replace(item.limits, **limits))

    def _handed_in(self, notebook: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
        """Return ``notebook`` as a student would hand it in, with other sources in the cells that ``answers`` names."""
        delimiters = CourseDelimiters.of(self.sheet.course.config)
        changed: NotebookNode = nbformat.from_dict(notebook)
        for cell in changed.cells:
            if _grade_id(cell) in answers:
                cell.source = answers[_grade_id(cell)]
            elif nbgrader_metadata(cell).get("solution"):
                cell.source = as_handed_in(cell.source, delimiters)
        return changed


def cell_of(result: SubmissionResult, grade_id: str) -> CellResult:
    """Return the result of one cell."""
    return next(cell for cell in result.cells if cell.grade_id == grade_id)


def lost(cell: CellResult) -> dict[str, str]:
    """Return the test functions that were not fulfilled, with what was said about each; what is fulfilled and does not
    count, because something else is not, is none of them.
    """
    names: dict[str, str] = {}
    for criterion in cell.criteria:
        if criterion.fraction < 1 and not criterion.unmet:
            name = criterion.test.rpartition("::")[2]
            names[name] = f"{criterion.outcome.value}: {criterion.message} {criterion.detail[-300:]}"
    return names


def _grade_id(cell: NotebookNode) -> str:
    return str(nbgrader_metadata(cell).get("grade_id", ""))
