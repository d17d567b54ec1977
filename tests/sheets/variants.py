"""Grades a sheet's own material for real: its reference solution, its skeleton, and the variants of answers beside its
graders.

A variant is a file ``grader_tests/<sheet>/variants/<question>/right_*.py`` or ``wrong_*.py`` whose text takes the place
of the cell ``<question>_code`` in the reference solution, or of a file that is handed in beside the notebook. A line
``Loses: test_a, test_b`` in its docstring names exactly the criteria that it must not fulfil.
"""

from __future__ import annotations

import ast
import dataclasses
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import msgspec
import nbformat

from sheetgrader.course.directory import Course
from sheetgrader.grading.worker import References, grade_submission
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.release.release import regenerate
from sheetgrader.results import CellResult, SubmissionResult
from sheetgrader.store.database import open_gradebook, read_source_cells
from sheetgrader.store.material import Material, make_item, material_from

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Variant:
    """An answer to one question in another style, or with a typical mistake."""

    question: str
    name: str
    source: str
    #: The file whose place it takes; None for the question's cell.
    file: str | None = None

    def __str__(self) -> str:
        return f"{self.question}/{self.name}"

    @property
    def is_right(self) -> bool:
        return self.name.startswith("right_")

    @property
    def cell(self) -> str:
        return f"{self.question}_code"

    @property
    def loses(self) -> set[str] | None:
        """The test functions that must fail; None where the file does not say."""
        if self.is_right:
            return set()
        for line in (ast.get_docstring(ast.parse(self.source)) or "").splitlines():
            if line.startswith("Loses:"):
                return {name.strip() for name in line.removeprefix("Loses:").split(",")}
        return None


def variants_of(sheet: str, files: Mapping[str, str] = MappingProxyType({})) -> list[Variant]:
    """Return all variants of a sheet, in order.

    Args:
        sheet: its name.
        files: for a question that is answered in a file beside the notebook, that file's name.
    """
    folder = REPOSITORY / "grader_tests" / sheet / "variants"
    return [
        Variant(path.parent.name, path.stem, path.read_text(encoding="utf-8"), files.get(path.parent.name))
        for path in sorted(folder.glob("*/*.py"))
    ]


def batches(variants: Iterable[Variant], builds_on: Mapping[str, Collection[str]]) -> list[dict[str, Variant]]:
    """Put variants of different questions together, at most one for each question, so that few notebooks hold them all.

    Args:
        variants: what to put together.
        builds_on: for a question, the earlier ones whose answers it may use. A wrong variant stands beside the
            reference's answers to these, so that what it loses is its own fault. A right one may stand beside any: it
            has to get its points whatever the earlier answers are worth.
    """
    found: list[dict[str, Variant]] = []
    # Wrong ones first: they are the ones that are hard to place.
    for variant in sorted(variants, key=lambda variant: variant.is_right):
        batch = next((batch for batch in found if _fits(variant, batch, builds_on)), None)
        if batch is None:
            found.append(batch := {})
        batch[variant.question] = variant
    return found


def _fits(variant: Variant, batch: Mapping[str, Variant], builds_on: Mapping[str, Collection[str]]) -> bool:
    if variant.question in batch or (
        variant.file is not None and any(variant.file == other.file for other in batch.values())
    ):
        return False
    if not variant.is_right and any(question in batch for question in builds_on.get(variant.question, ())):
        return False
    return not any(
        variant.question in builds_on.get(other.question, ()) for other in batch.values() if not other.is_right
    )


class GradedSheet:
    """One sheet of the course, in a copy of its own, whose notebooks are graded with any cells replaced."""

    def __init__(self, name: str, folder: Path, connection: ZygoteConnection) -> None:
        for part in (f"source/{name}", f"grader_tests/{name}", f"solutions/{name}"):
            if not (REPOSITORY / part).is_dir():
                continue
            shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "variants"))
        shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
        self.name = name
        self._folder = folder
        self._sheet = Course.load(folder).sheet(name)
        self._connection = connection
        self._references = References(connection)

    def close(self) -> None:
        self._references.close()

    @cached_property
    def source(self) -> nbformat.NotebookNode:
        """The source notebook with its solutions."""
        return nbformat.read(self._folder / "source" / self.name / f"{self.name}.ipynb", as_version=4)

    @cached_property
    def released(self) -> nbformat.NotebookNode:
        """The skeleton as nbgrader generates it."""
        return nbformat.read(self._generated / f"{self.name}.ipynb", as_version=4)

    @cached_property
    def _generated(self) -> Path:
        staging = self._folder / "staging"
        staging.mkdir()
        return regenerate(self._sheet, staging)

    @cached_property
    def _material(self) -> Material:
        _ = self._generated
        with open_gradebook(self._sheet.course, f"sqlite:///{self._folder / 'staging' / 'gradebook.db'}") as gradebook:
            return material_from(self._sheet, read_source_cells(gradebook, self.name) or {})

    def grade(
        self,
        replaced: Mapping[str, str] | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        skeleton: bool = False,
        secret: bytes = b"secret",
        **limits: float,
    ) -> SubmissionResult:
        """Grade the reference solution, or the skeleton, with other sources in some of its cells.

        Args:
            replaced: sources by the grade ids of the cells they go into.
            files: files handed in beside the notebook, in the place of the reference solution's; the skeleton comes
                without any.
            skeleton: start from the skeleton.
            secret: decides the random inputs.
            limits: fields of :class:`~sheetgrader.items.GradingLimits` that are to differ from the course's.
        """
        notebook = nbformat.from_dict(self.released if skeleton else self.source)
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
        for grade_id, source in (replaced or {}).items():
            cells[grade_id].source = source
        material = dataclasses.replace(self._material, secret=secret)
        content = nbformat.writes(notebook).encode()
        own = {} if skeleton else self._sheet.solution_files()
        item = make_item(
            self._sheet, "group", material, {self.name: content}, {**own, **(files or {}), **material.source_files}
        )
        item = msgspec.structs.replace(item, limits=msgspec.structs.replace(item.limits, **limits))
        return grade_submission(item, self._connection, self._references).result


def cell_of(result: SubmissionResult, grade_id: str) -> CellResult:
    """Return the result of one cell."""
    return next(cell for cell in result.cells if cell.grade_id == grade_id)


def lost(cell: CellResult) -> dict[str, str]:
    """Return the test functions that were not fulfilled, with what was said about each."""
    names: dict[str, str] = {}
    for criterion in cell.criteria:
        if criterion.fraction < 1:
            name = criterion.name.split("::")[-1].split("[")[0]
            names[name] = f"{criterion.outcome.value}: {criterion.message} {criterion.detail[-300:]}"
    return names


def assert_graded_as_stated(variant: Variant, result: SubmissionResult) -> None:
    """Check that a right variant gets all points, and a wrong one loses exactly what it states."""
    cell = cell_of(result, f"{variant.question}_test")
    failed = lost(cell)
    told = "\n".join(f"{name}: {text}" for name, text in failed.items())
    assert cell.points is not None, f"{variant} was not judged\n{told}"
    if variant.is_right:
        assert cell.points == cell.max_points, f"{variant} gets {cell.points} of {cell.max_points} points\n{told}"
        return
    assert cell.points < cell.max_points, f"{variant} gets all points"
    if variant.loses is not None:
        assert set(failed) == variant.loses, (
            f"{variant} loses {sorted(failed)}, but states {sorted(variant.loses)}\n{told}"
        )
