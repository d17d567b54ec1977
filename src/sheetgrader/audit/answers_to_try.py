"""An answer by the name that an author gives it: the reference, a variant, a cell, a notebook, a group."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheetgrader.audit.variant_grading import VariantGrading
from sheetgrader.audit.variants import Variant, variants_of
from sheetgrader.course.files import read_handed_in
from sheetgrader.course.submissions import submission_limits
from sheetgrader.errors import SubmissionError, UsageError
from sheetgrader.items import WorkItem
from sheetgrader.report.words import listed
from sheetgrader.store.material import build_item, item_of_files, make_item

REFERENCE: Final = "reference"
SKELETON: Final = "skeleton"


@dataclass(frozen=True)
class Answer:
    """An answer, ready to be judged."""

    #: What it is, for people.
    title: str
    item: WorkItem
    #: ``reference`` or ``skeleton``, where it is one of these.
    kind: str = ""
    #: The variant that it is; None for all else.
    variant: Variant | None = None


def find_answer(grading: VariantGrading, named: str, question: str = "") -> Answer:
    """Return the answer that ``named`` stands for.

    Args:
        grading: of the sheet's own material.
        named: ``reference`` or ``skeleton``; a variant as ``ex1/wrong_sign``; a file with a cell's code; a notebook; a
            folder that was handed in; a group.
        question: that is judged, whose cell a file with code goes into where its name does not say.

    Raises:
        UsageError: it stands for nothing, or it is not clear for what.
        SubmissionError: a notebook or folder cannot be read.
        CourseError: a variant cannot be read.
    """
    sheet = grading.sheet
    if named == REFERENCE:
        return Answer(f"The reference solution of {sheet.name}", grading.item(), REFERENCE)
    if named == SKELETON:
        return Answer(f"The empty skeleton of {sheet.name}", grading.item(skeleton=True), SKELETON)
    path = Path(named)
    variants = variants_of(sheet)
    chosen = [each for each in variants if named in (str(each), each.name) or _is_file_of(path, each, grading)]
    if len(chosen) > 1:
        raise UsageError(f"{named!r} may be {listed([str(each) for each in chosen])}; name one of them whole")
    if chosen:
        return Answer(f"The variant {chosen[0]}", grading.item(variants=chosen), variant=chosen[0])
    if path.is_dir():
        return Answer(f"What lies in {path}", _folder(grading, path))
    if path.suffix == ".ipynb" and path.exists():
        return Answer(f"The notebook {path}", _notebook(grading, path))
    if path.is_file():
        cell = _cell_for(grading, path, question)
        return Answer(f"{path} in the cell {cell}, with the reference solution around it", _cell(grading, path, cell))
    if named in sheet.submissions():
        return Answer(f"What {named} handed in", build_item(sheet, named, grading.material))
    raise UsageError(_nothing(grading, named, variants))


def _is_file_of(path: Path, variant: Variant, grading: VariantGrading) -> bool:
    """Tell whether a path on disk is that of a variant."""
    place = grading.sheet.grader_folder / "variants" / variant.question / variant.name
    return path.exists() and path.resolve().with_suffix("") == place.resolve()


def _folder(grading: VariantGrading, path: Path) -> WorkItem:
    sheet, folder = grading.sheet, path.resolve()
    handed_in = read_handed_in(folder, (), ignore=sheet.course.coursedir.ignore, limits=submission_limits(sheet.course))
    return item_of_files(sheet, folder.name, grading.material, handed_in, path)


def _notebook(grading: VariantGrading, path: Path) -> WorkItem:
    names = [notebook.name for notebook in grading.material.notebooks]
    name = path.stem if path.stem in names or len(names) > 1 else names[0]
    if name not in names:
        raise UsageError(f"{path} is none of the sheet's notebooks, {listed([f'{each}.ipynb' for each in names])}")
    content = _read(path, submission_limits(grading.sheet.course).file_bytes)
    return make_item(grading.sheet, path.stem, grading.material, {name: content}, dict(grading.material.source_files))


def _cell(grading: VariantGrading, path: Path, cell: str) -> WorkItem:
    content = _read(path, submission_limits(grading.sheet.course).file_bytes)
    try:
        return grading.item({cell: content.decode("utf-8")})
    except UnicodeDecodeError as error:
        raise SubmissionError(f"{path} is not encoded as UTF-8 (byte {error.start})") from None


def _cell_for(grading: VariantGrading, path: Path, question: str) -> str:
    """Return the cell that a file with code goes into: its name says so, or what is judged does."""
    cells = {
        str(cell.metadata.get("nbgrader", {}).get("grade_id"))
        for notebook in grading.sources.values()
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for name in (path.stem, path.parent.name, question):
        for cell in (name, f"{name}_code"):
            if name and cell in cells:
                return cell
    raise UsageError(
        f"it is not clear which cell {path} goes into; call it after one, as {min(cells, default='ex1_code')}.py, or"
        " choose one of its criteria with --criterion"
    )


def _read(path: Path, most: int) -> bytes:
    try:
        if (size := path.stat().st_size) > most:
            raise SubmissionError(f"{path} has {size >> 20} MiB, and a submission's file may have {most >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise SubmissionError(f"{path} cannot be read: {error.strerror}") from None


def _nothing(grading: VariantGrading, named: str, variants: list[Variant]) -> str:
    groups = grading.sheet.submissions()
    known = [REFERENCE, SKELETON, *map(str, variants), *groups]
    near = difflib.get_close_matches(named, [*known, *(variant.name for variant in variants)], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there is {listed(known)}"
    return f"{named!r} is no notebook, folder or file, no variant and no group of {grading.sheet.name}; {hint}"
