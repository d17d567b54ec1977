"""Preparing a submitted notebook: nbgrader's own sanitising, without its database, and what is wrong in words.

nbgrader's preprocessors run unchanged; only what they ask the gradebook is answered from the work item. So nbgrader's
rules decide what becomes of a student's tampering, and a notebook that nbgrader accepts comes out the same, cell by
cell. What would end in a traceback ends in a :class:`~sheetgrader.errors.SubmissionError` here.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import fastjsonschema
import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.notebooknode import NotebookNode
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning
from nbgrader.api import MissingEntry
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.nbgraderformat.common import BaseMetadataValidator
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
)
from nbgrader.utils import is_solution
from traitlets.config import Config

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.errors import SubmissionError
from sheetgrader.grading.cells import uncover
from sheetgrader.grading.clock import alarm
from sheetgrader.grading.notebook_reading import first_line, read_notebook
from sheetgrader.grading.sheet_cells import claim_cells, metadata_schema, positions_of, put_graded_back
from sheetgrader.items import NotebookWork, SourceCell

#: Far longer than it takes to read what is not over any limit.
_MOST_SECONDS: Final = 60.0
_MOST_NAME: Final = 60

_log = logging.getLogger("sheetgrader.nbgrader")
# What nbgrader remarks on is in the notes, in words; without a handler Python would print it.
_log.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class PreparedNotebook:
    """A notebook that is ready to run: the student's cells, the instructor's locked cells, no outputs."""

    notebook: NotebookNode
    #: One sentence for each thing that the student or a tutor should know.
    notes: tuple[str, ...]
    #: See :class:`~sheetgrader.grading.sheet_cells.SheetCells`.
    put_back: frozenset[str] = frozenset()
    doubtful: Mapping[str, str] = field(default_factory=dict)


def prepare(work: NotebookWork) -> PreparedNotebook:
    """Return the submitted notebook as nbgrader would execute it.

    What nbgrader would refuse the whole notebook for costs its own cell at most, see
    :mod:`~sheetgrader.grading.sheet_cells`, and graded cells that are missing are put back.

    Raises:
        SubmissionError: the notebook is missing, is no notebook, or nbgrader refuses it.
    """
    name = f"{work.name}.ipynb"
    if work.submitted is None:
        raise SubmissionError(f"the notebook {name} is missing")
    with alarm(_MOST_SECONDS, SubmissionError(f"it takes more than {_MOST_SECONDS:g} s to read it")):
        return _prepared(name, work, work.submitted)


def _prepared(name: str, work: NotebookWork, submitted: bytes) -> PreparedNotebook:
    notebook, notes = read_notebook(name, submitted)
    sanitizers = _sanitizers(work.preprocessor_config)
    try:
        resources = _resources(work)
        sanitizers[0](notebook, resources)
        _check_format(notebook)
        found = claim_cells(notebook, work)
        for sanitizer in sanitizers[1:]:
            sanitizer(notebook, resources)
        check_language(notebook)
        put_graded_back(notebook, work, found)
        _check_format(notebook)
        notes += found.notes
        notes += _missing(notebook, work)
        notes += uncover(notebook)
    except SubmissionError as error:
        raise SubmissionError(f"{name}: {error}") from None
    except (ValidationError, nbformat.ValidationError) as error:
        raise SubmissionError(f"{name} is no valid notebook: {first_line(error)}") from None
    # The notebook is the student's: whatever it makes nbgrader stumble over is its own damage.
    except Exception as error:  # noqa: BLE001
        raise SubmissionError(f"{name} is damaged: {type(error).__name__}: {first_line(error)}") from None
    return PreparedNotebook(notebook, tuple(notes), frozenset(found.put_back), found.doubtful)


def check_language(notebook: NotebookNode) -> None:
    """Refuse a notebook that says that it is no Python; nbgrader would look for a kernel of its language.

    Which kernel of Python it names does not matter: all run in the sandbox.

    Raises:
        SubmissionError: it is one of another language.
    """
    kernel = notebook.metadata.get("kernelspec")
    language = kernel.get("language") if isinstance(kernel, dict) else None
    if isinstance(language, str) and language and not language.lower().startswith(("python", "ipython")):
        raise SubmissionError(
            f"it is a notebook of the language {plain_text(language, _MOST_NAME)}; only Python is graded"
        )


def tidy(notebook: NotebookNode, work: NotebookWork) -> None:
    """Do in place what nbgrader does to a notebook between running and scoring it: drop ignored output, cut what is too
    long.
    """
    resources = _resources(work)
    for preprocessor in _tidiers(work.preprocessor_config):
        preprocessor(notebook, resources)


def preprocessor_config(config: Config) -> dict[str, dict[str, Any]]:
    """Return what a course's configuration sets for the preprocessors used here, as plain JSON that travels in a work
    item.
    """
    found = {}
    for kind in (*_SANITIZERS, *_TIDIERS):
        preprocessor = kind(config=config, log=_log)
        changed = {
            name: sorted(value) if isinstance(value, set) else value
            for name, value in preprocessor.trait_values(config=True).items()
            if value != kind.class_traits()[name].default(preprocessor)
        }
        if changed:
            found[kind.__name__] = changed
    return found


# What nbgrader's preprocessors ask of the gradebook, answered from the work item.


@dataclass(frozen=True)
class _Cell:
    """A cell as ``nbgrader.api`` has it."""

    name: str
    cell_type: str
    source: str
    locked: bool
    checksum: str | None
    max_score: float | None

    @classmethod
    def of(cls, cell: SourceCell) -> _Cell:
        return cls(cell.grade_id, cell.cell_type, cell.source, cell.locked, cell.checksum, cell.max_points)


class _OfflineGradebook:
    """Answers what :class:`OverwriteCells` asks, from one notebook's cells."""

    def __init__(self, cells: Iterable[SourceCell]) -> None:
        self.source_cells = [_Cell.of(cell) for cell in cells]
        by_name = {cell.name: cell for cell in self.source_cells}
        self.grade_cells = [by_name[cell.grade_id] for cell in cells if cell.grade]
        self.solution_cells = [by_name[cell.grade_id] for cell in cells if cell.solution]
        self.task_cells = [by_name[cell.grade_id] for cell in cells if cell.task]
        self._sources = by_name
        self._graded = {cell.name: cell for cell in (*self.task_cells, *self.grade_cells)}

    def find_source_cell(self, name: str, _notebook: str, _assignment: str) -> _Cell:
        return self._find(self._sources, name)

    def find_graded_cell(self, name: str, _notebook: str, _assignment: str) -> _Cell:
        return self._find(self._graded, name)

    def find_notebook(self, _notebook: str, _assignment: str) -> _OfflineGradebook:
        return self

    def _find(self, cells: dict[str, _Cell], name: str) -> _Cell:
        try:
            return cells[name]
        except KeyError:
            raise MissingEntry(f"No such cell: {name}") from None


class _OverwriteKernelspec(OverwriteKernelspec):  # type: ignore[misc] # nbgrader ships no types
    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        kernelspec = json.loads(resources["nbgrader"]["kernelspec"] or "{}")
        if kernelspec:
            nb.metadata["kernelspec"] = nbformat.from_dict(kernelspec)
        return nb, resources


class _OverwriteCells(OverwriteCells):  # type: ignore[misc] # nbgrader ships no types
    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        self.gradebook = resources["nbgrader"]["gradebook"]
        nb, resources = super(OverwriteCells, self).preprocess(nb, resources)
        if self.add_missing_cells:
            # It knows no place for a cell below another that is missing and no answer; those are put back later.
            with contextlib.suppress(KeyError):
                nb, resources = self.add_missing_grade_cells(nb, resources)
            nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources

    def missing_cell_transform(self, *arguments: Any, **options: Any) -> NotebookNode:
        # nbgrader leaves the metadata a plain dict, which becomes a node only because it writes the notebook and reads
        # it again.
        cell: NotebookNode = nbformat.from_dict(super().missing_cell_transform(*arguments, **options))
        return cell


class _CompiledSchema(BaseMetadataValidator):  # type: ignore[misc] # nbgrader ships no types
    """Accepts by a schema that is compiled once; what it does not accept goes to nbgrader's own check, which takes a
    millisecond for each cell.
    """

    def validate_cell(self, cell: NotebookNode) -> None:
        metadata = cell.metadata.get("nbgrader")
        if metadata is None:
            return
        try:
            metadata_schema()(metadata)
        except fastjsonschema.JsonSchemaException:
            super().validate_cell(cell)


class _MetadataValidator(MetadataValidator, _CompiledSchema):  # type: ignore[misc] # nbgrader ships no types
    """nbgrader's rules on metadata, with the schema compiled once."""


class _CheckCellMetadata(CheckCellMetadata):  # type: ignore[misc] # nbgrader ships no types
    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        _metadata_validator().validate_nb(nb)
        return nb, resources


_SANITIZERS = (ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata)
_OFFLINE = (ClearOutput, DeduplicateIds, _OverwriteKernelspec, _OverwriteCells, _CheckCellMetadata)
_TIDIERS = (IgnorePattern, ClearMetadataPreprocessor, LimitOutput)


@functools.cache
def _metadata_validator() -> MetadataValidator:
    return _MetadataValidator()


@functools.lru_cache(maxsize=8)
def _sanitizers(config: str) -> tuple[Any, ...]:
    return tuple(kind(config=Config(json.loads(config)), log=_log) for kind in _OFFLINE)


@functools.lru_cache(maxsize=8)
def _tidiers(config: str) -> tuple[Any, ...]:
    return tuple(kind(config=Config(json.loads(config)), log=_log) for kind in _TIDIERS)


def _resources(work: NotebookWork) -> dict[str, Any]:
    return {
        "nbgrader": {
            "notebook": work.name,
            "assignment": "",
            "kernelspec": work.kernelspec,
            "gradebook": _OfflineGradebook(work.source_cells),
        }
    }


def _check_format(notebook: NotebookNode) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingIDFieldWarning)
        warnings.simplefilter("ignore", DuplicateCellId)
        nbformat.validate(notebook, relax_add_props=True)


def _missing(notebook: NotebookNode, work: NotebookWork) -> list[str]:
    positions = positions_of(notebook)
    notes = []
    for cell in work.source_cells:
        position = positions.get(cell.grade_id)
        if position is None:
            if cell.solution or cell.cell_type == "code":
                notes.append(f"The cell {cell.grade_id} is missing from the notebook.")
        elif cell.grade and cell.solution and not is_solution(notebook.cells[position]):
            notes.append(f"The cell {cell.grade_id} is no longer marked as an answer; it is graded as a test.")
    return notes
