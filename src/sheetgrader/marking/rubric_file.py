"""The rubrics of a sheet: ``marking/<sheet>/rubric.toml`` rules once it is there, the source until then."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_plain_file
from sheetgrader.course.staging import write_file
from sheetgrader.errors import CourseError
from sheetgrader.marking.checking import check, shown
from sheetgrader.marking.rubric_toml import Question, Table, decode, encode, tables
from sheetgrader.marking.rubrics import Item, Rubric
from sheetgrader.marking.source_schemes import sheet_schemes
from sheetgrader.store.decisions import decisions_folder


class RubricChangedError(CourseError):
    """Somebody else has changed a rubric meanwhile."""

    exit_code = 1


def rubric_file(sheet: Sheet) -> Path:
    """Return where the rubrics of ``sheet`` are, once somebody has changed one."""
    return decisions_folder(sheet) / "rubric.toml"


def read_rubrics(sheet: Sheet) -> dict[Question, Rubric]:
    """Return the rubric of each cell of ``sheet`` that people mark, in the source's order; a cell without a marking
    scheme has one without items. Then those of the file whose cells the source does not have, as after renaming one:
    until the next release, they are what is marked.

    Raises:
        CourseError: the file or a source notebook cannot be read.
    """
    written = _read(rubric_file(sheet))
    found = {
        question: msgspec.structs.replace(rubric, items=written.get(question, rubric.items))
        for question, rubric in _of_source(sheet).items()
    }
    gone = {
        (notebook, grade_id): Rubric(notebook=notebook, grade_id=grade_id, max_points=0.0, items=items)
        for (notebook, grade_id), items in written.items()
        if (notebook, grade_id) not in found
    }
    return found | gone


def write_rubrics(sheet: Sheet, rubrics: Iterable[Rubric], *, instead_of: Iterable[Rubric] = ()) -> None:
    """Write down changed rubrics; those of the other cells stay as they are, and do not follow the source any more.

    Args:
        sheet: that is marked.
        rubrics: the changed ones.
        instead_of: what was changed; where something else rules by now, nothing is written.

    Raises:
        RubricChangedError: one of ``instead_of`` rules no more.
        CourseError: the file or a source notebook cannot be read, or it cannot be written; what was there is as it was.
    """
    path = rubric_file(sheet)
    try:
        with locked_folder(path.parent):
            ruling = read_rubrics(sheet)
            for rubric in instead_of:
                there = ruling.get(_question(rubric))
                if (there.items if there is not None else ()) != rubric.items:
                    raise RubricChangedError(
                        f"somebody else has changed the rubric of {rubric.grade_id} meanwhile; look at it again, and"
                        " change it then"
                    )
            # What the source does not have any more stays in the file: marks were given by it.
            items = {_question(rubric): rubric.items for rubric in (*ruling.values(), *rubrics)}
            write_file(path, encode(items).encode("utf-8", "replace"))
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}; what was there is as it was") from None


def differences(sheet: Sheet) -> tuple[str, ...]:
    """Return one sentence for each difference between ``rubric.toml`` and the source, and for what is wrong with the
    file's rubrics; none where there is no file.

    Raises:
        CourseError: the file or a source notebook cannot be read.
    """
    path = rubric_file(sheet)
    written, source = _read(path), _of_source(sheet)
    found = []
    for question, items in written.items():
        place = f"{path}, {question[1]}"
        if question not in source:
            found.append(f"{place}: no such cell of {question[0]}.ipynb is marked by people")
            continue
        rubric = source[question]
        found += [f"{place}, {sentence}" for sentence in _differences(rubric.items, items)]
        found += [
            f"{place}{f', item {problem.item}' if problem.item else ''}: {problem.text}"
            for problem in check(msgspec.structs.replace(rubric, items=items))
        ]
    return tuple(found)


def _question(rubric: Rubric) -> Question:
    return rubric.notebook, rubric.grade_id


def _of_source(sheet: Sheet) -> dict[Question, Rubric]:
    return {_question(cell.scheme.rubric): cell.scheme.rubric for cell in sheet_schemes(sheet)}


def _read(path: Path) -> dict[Question, tuple[Item, ...]]:
    try:
        text = read_plain_file(path).decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not encoded as UTF-8 (byte {error.start}); save it so in your editor") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    return decode(text, path)


@contextlib.contextmanager
def locked_folder(folder: Path, patience: float = 30.0) -> Iterator[None]:
    """Let nobody else who asks for it change what is in a folder, for the block.

    Raises:
        CourseError: somebody else has had it for ``patience`` seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    end = time.monotonic() + patience
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise CourseError(
                        f"{folder} is held by another program of this course that does not go on; end it, and try again"
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _differences(source: tuple[Item, ...], written: tuple[Item, ...]) -> Iterator[str]:
    before = {table.id: table for table in tables(source)}
    after = {table.id: table for table in tables(written)}
    for identifier in dict.fromkeys([*after, *before]):
        if identifier not in after:
            yield f"item {identifier} is missing, though the source has it"
        elif identifier not in before:
            yield f"item {identifier} is not in the source"
        elif parts := "; ".join(_changes(before[identifier], after[identifier])):
            yield f"item {identifier} differs from the source: {parts}"
    if [identifier for identifier in before if identifier in after] != [
        identifier for identifier in after if identifier in before
    ]:
        yield "the items stand in another order than in the source"


def _changes(before: Table, after: Table) -> Iterator[str]:
    if before.points != after.points:
        yield f"it is worth {shown(after.points)}, there {shown(before.points)}"
    if before.rule is not after.rule:
        yield f"it is a {after.rule.value}, there a {before.rule.value}"
    if (before.each, before.at_most) != (after.each, after.at_most):
        yield "it applies another number of times"
    if before.under != after.under:
        yield f"it stands {_where(after)}, there {_where(before)}"
    if before.text != after.text:
        yield "it is worded otherwise"


def _where(table: Table) -> str:
    return f"in item {table.under}" if table.under else "by itself"
