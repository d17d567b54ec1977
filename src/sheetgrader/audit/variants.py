"""Variants: answers of known worth beside a sheet's graders, to grade the graders with.

A variant of a question is a file ``grader_tests/<sheet>/variants/<question>/right_*`` or ``wrong_*``:

- ``.py``: the cell ``<question>_code``;
- ``.patch``: what it changes in a file that the reference solution hands in beside the notebook;
- a folder: that file as a whole, by its own name.

What it is about stands in its docstring, or above the patch. There, a line ``Loses: test_a, test_b`` names exactly the
criteria that it must not fulfil.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from sheetgrader.audit.patches import parse_patch
from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_own_folder
from sheetgrader.errors import CourseError

_RIGHT: Final = "right_"
_WRONG: Final = "wrong_"
_LOSES: Final = "Loses:"


@dataclass(frozen=True)
class Variant:
    """An answer to one question in another style, or with a typical mistake."""

    question: str
    name: str
    #: What it is about.
    note: str
    #: The answer as a student would have written it: without the note.
    source: str
    #: The file whose place it takes; None for the question's cell.
    file: str | None = None

    def __str__(self) -> str:
        return f"{self.question}/{self.name}"

    @property
    def is_right(self) -> bool:
        """Whether it must get all points; else it must lose some."""
        return self.name.startswith(_RIGHT)

    @property
    def cell(self) -> str:
        """The grade id of the question's cell."""
        return f"{self.question}_code"

    @property
    def loses(self) -> frozenset[str] | None:
        """The test functions that must fail; None where the note does not say."""
        if self.is_right:
            return frozenset()
        for line in self.note.splitlines():
            if line.startswith(_LOSES):
                return frozenset(name.strip() for name in line.removeprefix(_LOSES).split(","))
        return None


def variants_of(sheet: Sheet) -> list[Variant]:
    """Return all variants of a sheet, in order.

    Raises:
        CourseError: a file is no variant, or a patch does not fit the reference solution.
    """
    files = read_own_folder(sheet.grader_folder / "variants", [*sheet.course.coursedir.ignore, ".*"])
    reference = sheet.solution_files()
    return [_read(sheet, PurePosixPath(path), content, reference) for path, content in sorted(files.items())]


def _read(sheet: Sheet, path: PurePosixPath, content: bytes, reference: Mapping[str, bytes]) -> Variant:
    place = sheet.grader_folder / "variants" / path
    text = _decoded(content, place)
    match path.parts, path.suffix:
        case (question, _), ".py":
            variant = Variant(question, path.stem, *_split(text))
        case (question, _), ".patch":
            patch = parse_patch(text, place)
            if patch.file not in reference:
                raise CourseError(f"{place} changes {patch.file}, which the reference solution does not hand in")
            changed = patch.apply(_decoded(reference[patch.file], sheet.solution_folder / patch.file))
            variant = Variant(question, path.stem, patch.note, changed, patch.file)
        case (question, name, file), _:
            variant = Variant(question, name, *_split(text), file)
        case _:
            raise CourseError(f"{place} is no variant: a .py file, a .patch or a folder is expected below a question")
    if not variant.name.startswith((_RIGHT, _WRONG)):
        raise CourseError(f"{place} does not say what it is: the name of a variant begins with right_ or wrong_")
    return variant


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not encoded as UTF-8 (byte {error.start})") from None


def _split(text: str) -> tuple[str, str]:
    """Return the note of a variant and the answer below it; an answer that is no Python has no note."""
    try:
        module = ast.parse(text)
    except SyntaxError:
        return "", text
    note = ast.get_docstring(module)
    below = module.body[0].end_lineno if note is not None else 0
    return note or "", "\n".join(text.splitlines()[below:]).strip("\n")


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
