"""Which files of a group's are the sheet's notebooks, where there are several or their names differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sheetgrader.course.notebook_names import look_alikes
from sheetgrader.errors import SubmissionError
from sheetgrader.grading.cells import claimed_name, named
from sheetgrader.grading.notebook_reading import read_notebook
from sheetgrader.grading.sheet_cells import plain_source
from sheetgrader.items import NotebookWork

#: More files that may be the notebook are not opened.
_MOST_LOOK_ALIKES: Final = 10


@dataclass(frozen=True)
class ChosenNotebooks:
    """What was handed in as the sheet's notebooks."""

    #: By the notebook's name without its ending; None where there is none.
    contents: dict[str, bytes | None]
    #: One sentence for each that has another name, or that stands beside another one.
    notes: tuple[str, ...]


def choose_notebooks(works: Sequence[NotebookWork], files: Mapping[str, bytes]) -> ChosenNotebooks:
    """Return the notebooks that count: those of the right names, or in the place of one that is missing or as it was
    handed out, the only other one that was worked on.

    Raises:
        SubmissionError: several others were, and only the group knows which one counts.
    """
    names = [work.name for work in works]
    contents, notes = {}, []
    for work in works:
        path = f"{work.name}.ipynb"
        others = look_alikes(work.name, files, names)[:_MOST_LOOK_ALIKES]
        worked_on = [other for other in others if _is_worked_on(work, files[other])]
        contents[work.name] = files.get(path)
        if not worked_on:
            continue
        if path in files and _is_worked_on(work, files[path]):
            different = [other for other in worked_on if files[other] != files[path]]
            if different:
                notes.append(
                    f"Beside {path}, which was graded, {named(different)} was handed in, which differs from it; if that"
                    f" one counts, it has to be called {path}."
                )
            continue
        state = "is as it was handed out, or cannot be read" if path in files else "was not handed in"
        if len({files[other] for other in worked_on}) > 1:
            raise SubmissionError(
                f"{path} {state}, and {named(worked_on)} were handed in; the one that counts has to be called {path}"
            )
        contents[work.name] = files[worked_on[0]]
        notes.append(f"{path} {state}; {worked_on[0]} was graded in its place.")
    return ChosenNotebooks(contents, tuple(notes))


def _is_worked_on(work: NotebookWork, content: bytes) -> bool:
    """Tell whether ``content`` is this notebook with an answer in one of its cells."""
    try:
        notebook, _ = read_notebook(work.name, content)
    except SubmissionError:
        return False
    stubs = {cell.grade_id: plain_source(cell.source) for cell in work.source_cells if cell.solution}
    for cell in notebook.cells:
        # Nothing is certain about a stranger's notebook but that it is JSON.
        source, metadata = cell.get("source"), cell.get("metadata")
        if not isinstance(source, str) or not isinstance(metadata, dict):
            return False
        name = claimed_name(cell) or ""
        if name in stubs and plain_source(source) not in {"", stubs[name]}:
            return True
    return False
