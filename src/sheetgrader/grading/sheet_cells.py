"""Which cells of a group's notebook are the sheet's: told by their names, each there once and with what the instructor
said about it.

nbgrader refuses a whole notebook for one cell with a name from another sheet, or without a version number. Here such a
cell costs no other: names that the sheet does not have are dropped, lost roles are given back, of copies the one that
was worked on counts, and a graded cell that is gone is put back, so that points can be given for it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import fastjsonschema
import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.errors import SubmissionError
from sheetgrader.grading.cells import claimed_name, named
from sheetgrader.items import NotebookWork, SourceCell

_MOST_NAME: Final = 60
#: Of another sheet in a notebook without any of this one; fewer were pasted into one that lost its own.
_FEWEST_NAMES: Final = 3
_ROLES: Final = ("grade", "solution", "locked", "task")


@dataclass
class SheetCells:
    """What was found out about the sheet's cells in a group's notebook, and done about them."""

    #: One sentence for each thing that the group or a tutor should know.
    notes: list[str] = field(default_factory=list)
    #: Graded cells that were gone and that no grader judges: a tutor decides what they are worth.
    put_back: set[str] = field(default_factory=set)
    #: Test cells whose answer is there more than once, and differs: where the one that counts does not get all points,
    #: a tutor decides. By the name of the answer.
    doubtful: dict[str, str] = field(default_factory=dict)


@functools.cache
def metadata_schema() -> Any:
    """Return nbgrader's schema of a cell's metadata as a function that raises where they do not follow it."""
    return fastjsonschema.compile(MetadataValidator().schema, use_default=False)


def claim_cells(notebook: NotebookNode, work: NotebookWork) -> SheetCells:
    """Leave each of the sheet's names to one cell of ``notebook``, with metadata that nbgrader accepts.

    Raises:
        SubmissionError: it is the notebook of another sheet.
    """
    found = SheetCells()
    sources = {cell.grade_id: cell for cell in work.source_cells}
    _drop_strange_names(notebook, work, sources, found)
    for cell in notebook.cells:
        source = sources.get(claimed_name(cell) or "")
        if source is None:
            continue
        _give_type_back(cell, source.cell_type)
        if source.grade_id in work.judged or not _is_usable(cell, source):
            cell.metadata["nbgrader"] = metadata_of(source)
    _choose_copies(notebook, work.source_cells, found)
    return found


def put_graded_back(notebook: NotebookNode, work: NotebookWork, found: SheetCells) -> None:
    """Put graded cells back that are gone: below what stands before them in the sheet, above the next cell of the
    sheet; in a notebook that has none of these any more, at its end.
    """
    positions = positions_of(notebook)
    for index, source in enumerate(work.source_cells):
        if not (source.grade or source.task) or source.grade_id in positions:
            continue
        before = {cell.grade_id for cell in work.source_cells[:index]}
        start = max((positions[name] + 1 for name in before & positions.keys()), default=0)
        place = min((place for place in positions.values() if place >= start), default=len(notebook.cells))
        notebook.cells.insert(place, new_cell(notebook, source))
        positions = positions_of(notebook)
        if source.grade_id in work.judged:
            found.notes.append(f"The cell {source.grade_id} was missing from the notebook and was put back.")
        else:
            found.put_back.add(source.grade_id)
            found.notes.append(
                f"The cell {source.grade_id} was missing from the notebook and was put back; a tutor will look at it."
            )


def blank_notebook(work: NotebookWork) -> NotebookNode:
    """Return the sheet's notebook without any answers, for points to be entered where a group's own cannot be read or
    was not handed in.
    """
    why = "was not handed in" if work.submitted is None else "cannot be read"
    remark = nbformat.v4.new_markdown_cell(
        f"*{work.name}.ipynb {why}. Here are the sheet's cells without answers, so that points can be given.*"
    )
    remark["id"] = _id_of(work.name)
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=[remark])
    notebook.cells += [new_cell(notebook, source) for source in work.source_cells]
    return notebook


def positions_of(notebook: NotebookNode) -> dict[str, int]:
    """Return where the cells stand that have a name."""
    return {
        grade_id: index for index, cell in enumerate(notebook.cells) if (grade_id := claimed_name(cell)) is not None
    }


def metadata_of(source: SourceCell) -> NotebookNode:
    """Return what nbgrader's metadata say of a cell as it was released."""
    facts = {
        "schema_version": MetadataValidator.schema_version,
        **{role: getattr(source, role) for role in _ROLES},
        "grade_id": source.grade_id,
        "cell_type": source.cell_type,
        "checksum": source.checksum,
        "points": source.max_points,
    }
    metadata: NotebookNode = nbformat.from_dict({key: value for key, value in facts.items() if value is not None})
    return metadata


def new_cell(notebook: NotebookNode, source: SourceCell) -> NotebookNode:
    """Return a cell of the sheet for ``notebook``: as it was released where it is the instructor's, without an answer
    where it is the group's.
    """
    makers: dict[str, Any] = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}
    make = makers.get(source.cell_type, nbformat.v4.new_markdown_cell)
    locked = {"deletable": False, "editable": False} if source.locked else {}
    cell: NotebookNode = make(
        source.source if source.locked else "", metadata={**locked, "nbgrader": metadata_of(source)}
    )
    if notebook.nbformat_minor < 5:
        del cell["id"]
    else:
        # The same at every run, so that a regrade writes the same notebook.
        cell["id"] = _id_of(source.grade_id)
    return cell


def _id_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _refuse_other_sheet(notebook: NotebookNode, work: NotebookWork) -> None:
    """Say so where a notebook has no name of this sheet and several of another: it is that one's."""
    facts = [cell.metadata.nbgrader for cell in notebook.cells if claimed_name(cell)]
    if len(facts) < _FEWEST_NAMES:
        return
    versions = [version for each in facts if isinstance(version := each.get("schema_version", 0), int)]
    current = MetadataValidator.schema_version
    if versions and min(versions) < current:
        raise SubmissionError(
            "none of its cells is this sheet's; it was made by an older version of nbgrader; have it brought up to date"
            f" with: nbgrader update {work.name}.ipynb"
        )
    if versions and max(versions) > current:
        raise SubmissionError(
            "none of its cells is this sheet's; it was made by a newer version of nbgrader than the one that grades it"
        )
    others = named([plain_text(each["grade_id"], _MOST_NAME) for each in facts])
    raise SubmissionError(f"none of its cells is this sheet's; it is the notebook of another one, with {others}")


def _drop_strange_names(
    notebook: NotebookNode, work: NotebookWork, sources: Mapping[str, SourceCell], found: SheetCells
) -> None:
    names = {claimed_name(cell) for cell in notebook.cells}
    if not names & sources.keys():
        _refuse_other_sheet(notebook, work)
    strange = []
    for position, cell in enumerate(notebook.cells):
        name = claimed_name(cell)
        if "nbgrader" not in cell.metadata or name in sources:
            continue
        facts = cell.metadata.pop("nbgrader")
        if isinstance(facts, dict) and any(facts.get(role) for role in _ROLES):
            strange.append(plain_text(name or f"cell {position + 1}", _MOST_NAME))
    if strange:
        found.notes.append(
            f"The notebook has cells that come from another sheet or an older release ({named(strange)}); they were"
            " kept as cells of the group's own."
        )


def _give_type_back(cell: NotebookNode, cell_type: str) -> None:
    """Make a cell what it was released as; nbgrader does so too, and refuses it where it has no id of its own."""
    if cell.cell_type == cell_type or cell_type not in ("code", "markdown"):
        return
    cell.cell_type = cell_type
    if cell_type == "code":
        cell.pop("attachments", None)
        cell.outputs, cell.execution_count = [], None
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _is_usable(cell: NotebookNode, source: SourceCell) -> bool:
    """Tell whether nbgrader would take the cell for what it is."""
    facts = cell.metadata["nbgrader"]
    try:
        metadata_schema()(facts)
    except fastjsonschema.JsonSchemaException:
        return False
    if facts["grade"] != source.grade or bool(facts.get("task")) != source.task:
        return False
    # A locked cell's checksum would not be the instructor's; text with points is an answer, or is refused.
    is_as_released = facts["solution"] == source.solution or not (source.locked or source.cell_type != "code")
    return is_as_released and not (source.grade and "points" not in facts)


def _choose_copies(notebook: NotebookNode, sources: Sequence[SourceCell], found: SheetCells) -> None:
    places: dict[str, list[int]] = {}
    for position, cell in enumerate(notebook.cells):
        if (name := claimed_name(cell)) is not None:
            places.setdefault(name, []).append(position)
    empty: set[int] = set()
    for source in sources:
        copies = places.get(source.grade_id, [])
        if len(copies) < 2:
            continue
        texts = {position: plain_source(notebook.cells[position].source) for position in copies}
        worked_on = (
            []
            if source.locked
            else [place for place in copies if texts[place] not in {"", plain_source(source.source)}]
        )
        chosen = worked_on[-1] if worked_on else copies[-1]
        for position in copies:
            if position != chosen:
                del notebook.cells[position].metadata["nbgrader"]
        # One that nobody worked on would only undo the answer above it.
        empty |= {position for position in copies if position > chosen}
        differs = any(texts[position] != texts[chosen] for position in worked_on)
        which = "the last one counts" if chosen == copies[-1] else "the last one that was worked on counts"
        doubt = ", and where it loses points, a tutor looks at the others" if differs else ""
        found.notes.append(f"The cell {source.grade_id} is there {len(copies)} times; {which}{doubt}.")
        if differs:
            found.doubtful.update(dict.fromkeys(_tests_of(source, sources), source.grade_id))
    notebook.cells = [cell for position, cell in enumerate(notebook.cells) if position not in empty]


def plain_source(source: str) -> str:
    """Return a cell's source without what differs between machines and counts for nothing: line ends, blank lines
    around it.
    """
    return source.replace("\r\n", "\n").strip()


def _tests_of(answer: SourceCell, sources: Sequence[SourceCell]) -> Iterable[str]:
    """Yield the test cells of an answer: the first that follow it, down to the next answer."""
    begun = False
    for source in sources[sources.index(answer) + 1 :]:
        if source.grade and not source.solution and source.cell_type == "code":
            begun = True
            yield source.grade_id
        elif source.solution and begun:
            return
