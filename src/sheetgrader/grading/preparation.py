"""Preparing a submitted notebook: nbgrader's own sanitising, without its database, and what is wrong in words.

nbgrader's preprocessors run unchanged; only what they ask the gradebook is answered from the work item. So nbgrader's
rules decide what becomes of a student's tampering, and a notebook that nbgrader accepts comes out the same, cell by
cell. What would end in a traceback ends in a :class:`~sheetgrader.errors.SubmissionError` here.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import fastjsonschema
import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.notebooknode import NotebookNode
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning
from nbgrader.api import MissingEntry
from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError, ValidationError
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
from nbgrader.utils import is_grade
from traitlets.config import Config

from sheetgrader.errors import SubmissionError
from sheetgrader.grading.cells import claimed_name, uncover
from sheetgrader.grading.clock import alarm
from sheetgrader.grading.notebook_reading import first_line, read_notebook
from sheetgrader.items import NotebookWork, SourceCell

#: Far longer than it takes to read what is not over any limit.
_MOST_SECONDS: Final = 60.0

_log = logging.getLogger("sheetgrader.nbgrader")
# What nbgrader remarks on is in the notes, in words; without a handler Python would print it.
_log.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class PreparedNotebook:
    """A notebook that is ready to run: the student's cells, the instructor's locked cells, no outputs."""

    notebook: NotebookNode
    #: One sentence for each thing that the student or a tutor should know.
    notes: tuple[str, ...]


def prepare(work: NotebookWork) -> PreparedNotebook:
    """Return the submitted notebook as nbgrader would execute it.

    Beyond nbgrader, a missing or unmarked test cell in ``work.judged`` is put back: graders judge the student's
    functions, not the cell.

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
        notes += _duplicates(notebook, work.source_cells)
        _mark_judged(notebook, work)
        _sanitize(notebook, work, sanitizers)
        notes += _put_judged_back(notebook, work)
        notes += _missing(notebook, work)
        notes += uncover(notebook)
    except SubmissionError as error:
        raise SubmissionError(f"{name}: {error}") from None
    except SchemaTooOldError:
        raise SubmissionError(
            f"{name} was made by an older version of nbgrader; have it brought up to date with: nbgrader update {name}"
        ) from None
    except SchemaTooNewError:
        raise SubmissionError(f"{name} was made by a newer version of nbgrader than the one that grades it") from None
    except (ValidationError, nbformat.ValidationError) as error:
        raise SubmissionError(f"{name} is no valid notebook: {first_line(error)}") from None
    # The notebook is the student's: whatever it makes nbgrader stumble over is its own damage.
    except Exception as error:  # noqa: BLE001
        raise SubmissionError(f"{name} is damaged: {type(error).__name__}: {first_line(error)}") from None
    return PreparedNotebook(notebook, tuple(notes))


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


class _DeduplicateIds(DeduplicateIds):  # type: ignore[misc] # nbgrader ships no types
    """Takes the empty metadata away that nbgrader leaves on a doubled cell, and then refuses as those of an old
    version.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            if cell.metadata.get("nbgrader") == {}:
                del cell.metadata["nbgrader"]
        return nb, resources


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
            self._validate(metadata)
        except fastjsonschema.JsonSchemaException:
            super().validate_cell(cell)

    @functools.cached_property
    def _validate(self) -> Any:
        return fastjsonschema.compile(self.schema, use_default=False)


class _MetadataValidator(MetadataValidator, _CompiledSchema):  # type: ignore[misc] # nbgrader ships no types
    """nbgrader's rules on metadata, with the schema compiled once."""


class _CheckCellMetadata(CheckCellMetadata):  # type: ignore[misc] # nbgrader ships no types
    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        _metadata_validator().validate_nb(nb)
        return nb, resources


_SANITIZERS = (ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata)
_OFFLINE = (ClearOutput, _DeduplicateIds, _OverwriteKernelspec, _OverwriteCells, _CheckCellMetadata)
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


def _sanitize(notebook: NotebookNode, work: NotebookWork, sanitizers: tuple[Any, ...]) -> None:
    resources = _resources(work)
    for sanitizer in sanitizers:
        sanitizer(notebook, resources)
        # nbconvert validates after each; in between nothing can become valid again.
        if sanitizer in {sanitizers[0], sanitizers[-1]}:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", MissingIDFieldWarning)
                warnings.simplefilter("ignore", DuplicateCellId)
                nbformat.validate(notebook, relax_add_props=True)


# What nbgrader does not do: cells that graders judge are put back, and what is missing is said.


def _duplicates(notebook: NotebookNode, cells: Iterable[SourceCell]) -> list[str]:
    known = {cell.grade_id for cell in cells}
    counts = Counter(grade_id for cell in notebook.cells if (grade_id := claimed_name(cell)) in known)
    return [
        f"The cell {grade_id} is there {count} times; the last one counts."
        for grade_id, count in counts.items()
        if count > 1
    ]


def _mark_judged(notebook: NotebookNode, work: NotebookWork) -> None:
    """Give judged cells their metadata back, which a student may have changed; nbgrader would not grade such a cell, or
    refuse the notebook.
    """
    judged = {cell.grade_id: cell for cell in work.source_cells if cell.grade_id in work.judged}
    for cell in notebook.cells:
        if (source := judged.get(claimed_name(cell) or "")) is not None:
            cell.metadata["nbgrader"] = _metadata(source)


def _put_judged_back(notebook: NotebookNode, work: NotebookWork) -> list[str]:
    notes = []
    positions = _positions(notebook)
    for index, cell in enumerate(work.source_cells):
        if cell.grade_id not in work.judged or cell.grade_id in positions:
            continue
        before = [source.grade_id for source in work.source_cells[:index]]
        place = max((positions[grade_id] + 1 for grade_id in before if grade_id in positions), default=0)
        notebook.cells.insert(place, _new_cell(notebook, cell))
        positions = _positions(notebook)
        notes.append(f"The cell {cell.grade_id} was missing from the notebook and was put back.")
    return notes


def _missing(notebook: NotebookNode, work: NotebookWork) -> list[str]:
    positions = _positions(notebook)
    notes = []
    for cell in work.source_cells:
        position = positions.get(cell.grade_id)
        if position is None:
            if cell.grade or cell.task:
                notes.append(f"The cell {cell.grade_id} is missing from the notebook; it gets no points.")
            elif cell.solution or cell.cell_type == "code":
                notes.append(f"The cell {cell.grade_id} is missing from the notebook.")
        elif cell.grade and not is_grade(notebook.cells[position]):
            notes.append(f"The cell {cell.grade_id} is no longer marked as one that is graded; it gets no points.")
    return notes


def _positions(notebook: NotebookNode) -> dict[str, int]:
    return {
        grade_id: index for index, cell in enumerate(notebook.cells) if (grade_id := claimed_name(cell)) is not None
    }


def _new_cell(notebook: NotebookNode, source: SourceCell) -> NotebookNode:
    cell: NotebookNode = nbformat.v4.new_code_cell(
        source.source, metadata={"deletable": False, "editable": False, "nbgrader": _metadata(source)}
    )
    if notebook.nbformat_minor < 5:
        del cell["id"]
    else:
        # The same at every run, so that a regrade writes the same notebook.
        cell["id"] = hashlib.sha256(source.grade_id.encode()).hexdigest()[:8]
    return cell


def _metadata(source: SourceCell) -> NotebookNode:
    metadata: NotebookNode = nbformat.from_dict(
        {
            "schema_version": MetadataValidator.schema_version,
            "grade": source.grade,
            "solution": source.solution,
            "locked": source.locked,
            "task": source.task,
            "grade_id": source.grade_id,
            "cell_type": source.cell_type,
            "checksum": source.checksum,
            "points": source.max_points,
        }
    )
    return metadata
