"""From a submission's folder to a work item: self-contained bytes that any worker can grade."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

import msgspec
from nbgrader.converters.autograde import Autograde

from sheetgrader.course.directory import Sheet, nbgrader_log
from sheetgrader.course.files import HandedIn, overlay
from sheetgrader.course.regions import CourseDelimiters
from sheetgrader.course.secret import course_secret
from sheetgrader.course.staging import staging_folder
from sheetgrader.course.submissions import TIMESTAMP_FILE, content_digest, read_submission, read_what_can_be
from sheetgrader.errors import CourseError, SubmissionError
from sheetgrader.grading.cells import named
from sheetgrader.grading.preparation import preprocessor_config
from sheetgrader.items import NotebookWork, SourceCell, WorkItem, holds_no_code
from sheetgrader.store.chosen_notebooks import choose_notebooks
from sheetgrader.store.database import open_gradebook, read_source_cells
from sheetgrader.store.generation import generate, own_database

#: What may change a result besides the project itself.
_DECIDING_PACKAGES = (
    "nbgrader",
    "nbformat",
    "ipykernel",
    "pytest",
    "numpy",
    "scipy",
    "torch",
    "matplotlib",
    "scikit-learn",
)


@dataclass(frozen=True)
class Material:
    """What all submissions of a sheet have in common."""

    #: Each without what was submitted.
    notebooks: tuple[NotebookWork, ...]
    #: The instructor's files, and which of them go over a group's own.
    source_files: dict[str, bytes]
    overwriting: dict[str, bytes]
    graders: dict[str, bytes]
    secret: bytes
    hidden_test_delimiters: tuple[str, str]
    marks: tuple[str, ...]


def sheet_material(sheet: Sheet) -> Material:
    """Read what all submissions of ``sheet`` have in common; worth keeping while a class is graded.

    Where the sheet has not been released yet, its cells are entered in the gradebook as ``nbgrader
    generate_assignment`` would; ``release/`` is not touched.

    Raises:
        CourseError: the sheet's source is broken.
        GradebookError: the gradebook cannot be used.
    """
    with open_gradebook(sheet.course) as gradebook:
        cells = read_source_cells(gradebook, sheet.name)
    if cells is None:
        with staging_folder(sheet.course) as folder:
            generate(sheet, folder, sheet.course.db_url)
        with open_gradebook(sheet.course) as gradebook:
            cells = read_source_cells(gradebook, sheet.name) or {}
    return material_from(sheet, cells)


def regenerated_material(sheet: Sheet, folder: Path) -> Material:
    """Return the material of a sheet as it was regenerated into ``folder``."""
    with open_gradebook(sheet.course, own_database(folder)) as gradebook:
        return material_from(sheet, read_source_cells(gradebook, sheet.name) or {})


def material_from(
    sheet: Sheet, cells: Mapping[str, tuple[str | None, tuple[SourceCell, ...]]], *, secret: bytes | None = None
) -> Material:
    """Return the sheet's material with the instructor's ``cells`` as a gradebook has them; without a ``secret`` with
    the course's, made where there is none yet.
    """
    course = sheet.course
    graders = sheet.grader_files()
    source_files = sheet.source_files()
    _check_size(sheet, source_files)
    autograde = Autograde(coursedir=course.coursedir, config=course.config, log=nbgrader_log)
    kept = {PurePosixPath(name).as_posix() for name in autograde.exclude_overwriting.get(sheet.name, [])}
    delimiters = CourseDelimiters.of(course.config)
    config = msgspec.json.encode(preprocessor_config(course.config), order="deterministic").decode()
    references = {name: path.read_bytes() for name, path in sheet.source_notebooks().items()} if graders else {}
    return Material(
        notebooks=tuple(
            NotebookWork(
                name=name,
                submitted=None,
                source_cells=source_cells,
                kernelspec=kernelspec,
                reference=references.get(name),
                judged=_judged(source_cells) if graders else (),
                preprocessor_config=config,
            )
            for name, (kernelspec, source_cells) in sorted(cells.items())
        ),
        source_files=source_files,
        overwriting={path: content for path, content in source_files.items() if path not in kept},
        graders=graders,
        secret=course_secret(course.private_folder) if secret is None else secret,
        hidden_test_delimiters=(delimiters.hidden_tests.begin, delimiters.hidden_tests.end),
        marks=tuple(mark for each in delimiters.all for mark in (each.begin, each.end) if mark.strip()),
    )


def build_item(sheet: Sheet, group: str, material: Material | None = None) -> WorkItem:
    """Return the work of grading what ``group`` handed in.

    Raises:
        SubmissionError: there is nothing to grade: no folder, or none of the notebooks.
        CourseError: the sheet's source is broken.
        GradebookError: the gradebook cannot be used.
    """
    handed_in = read_submission(sheet, group)
    return item_of_files(sheet, group, material or sheet_material(sheet), handed_in, sheet.submitted_folder(group))


def item_of_files(sheet: Sheet, group: str, material: Material, handed_in: HandedIn, folder: Path) -> WorkItem:
    """Return the work of grading what lies in ``folder`` and was read already.

    Raises:
        SubmissionError: none of the notebooks is among it.
    """
    expected = [notebook.name for notebook in material.notebooks]
    chosen = choose_notebooks(material.notebooks, handed_in.files)
    if not any(content is not None for content in chosen.contents.values()):
        _refuse_without_notebook(folder, expected, handed_in)
    files = _other_files(handed_in.files)
    notes = (*handed_in.notes, *chosen.notes, *_replaced(files, material.overwriting))
    item = make_item(sheet, group, material, chosen.contents, files, notes)
    return msgspec.structs.replace(item, handed_in=content_digest(handed_in))


def unreadable_item(sheet: Sheet, group: str, material: Material) -> WorkItem:
    """Return the work of a group whose notebooks cannot be found: none, with the other files for tutors to look at."""
    handed_in = read_what_can_be(sheet, group)
    item = make_item(sheet, group, material, {}, _other_files(handed_in.files), handed_in.notes)
    return msgspec.structs.replace(item, handed_in=content_digest(handed_in))


def make_item(
    sheet: Sheet,
    group: str,
    material: Material,
    notebooks: Mapping[str, bytes | None],
    files: Mapping[str, bytes],
    notes: tuple[str, ...] = (),
) -> WorkItem:
    """Return the work of grading ``notebooks`` with ``files`` beside them, as if ``group`` had handed them in."""
    settings = sheet.course.settings
    item = WorkItem(
        sheet=sheet.name,
        group=group,
        notebooks=tuple(
            msgspec.structs.replace(notebook, submitted=notebooks.get(notebook.name)) for notebook in material.notebooks
        ),
        files=overlay(dict(files), material.overwriting),
        reference_files=material.source_files,
        graders=material.graders,
        secret=material.secret,
        digest="",
        limits=settings.grading_limits,
        sandbox=settings.sandbox_limits,
        isolation=settings.isolation,
        notes=notes,
        hidden_test_delimiters=material.hidden_test_delimiters,
        keeps_hidden_tests=settings.keep_hidden_tests,
        marks=material.marks,
    )
    return msgspec.structs.replace(item, digest=digest(item), conditions=conditions(item))


def digest(item: WorkItem) -> str:
    """Return a digest of everything that decides the result of ``item``: the same digest, the same scores."""
    hashed = hashlib.sha256()

    def add(*parts: bytes) -> None:
        for part in parts:
            hashed.update(len(part).to_bytes(8, "big") + part)

    add(*(f"{name} {version}".encode() for name, version in _versions()))
    for notebook in item.notebooks:
        add(
            notebook.name.encode(),
            b"missing" if notebook.submitted is None else b"submitted",
            notebook.submitted or b"",
        )
        add(msgspec.json.encode(msgspec.structs.replace(notebook, submitted=None)))
    # When it was handed in decides a penalty, which the gradebook is held against at every run, and no score.
    own = {path: content for path, content in item.files.items() if path != TIMESTAMP_FILE}
    for files in (own, item.reference_files, item.graders):
        add(str(len(files)).encode())
        for path, content in sorted(files.items()):
            add(path.encode(), content)
    add(
        item.sheet.encode(),
        item.group.encode(),
        item.secret,
        msgspec.json.encode((item.limits, item.sandbox, item.isolation)),
    )
    add(msgspec.json.encode((item.hidden_test_delimiters, item.marks)))
    if item.keeps_hidden_tests:
        add(b"keeps hidden tests")
    return hashed.hexdigest()


def conditions(item: WorkItem) -> str:
    """Return a digest of everything that decides the result of ``item`` besides what was handed in."""
    notebooks = tuple(msgspec.structs.replace(notebook, submitted=None) for notebook in item.notebooks)
    files = (sorted(item.reference_files.items()), sorted(item.graders.items()))
    parts = (_versions(), notebooks, files, item.limits, item.sandbox, item.isolation)
    return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()


@functools.cache
def _versions() -> tuple[tuple[str, str], ...]:
    versions = [("python", sys.version)]
    for name in ("sheetgrader", *_DECIDING_PACKAGES):
        try:
            versions.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            versions.append((name, "not installed"))
    return tuple(versions)


def _judged(cells: Iterable[SourceCell]) -> tuple[str, ...]:
    """Return the test cells that leave judging to the graders: those that hold no test themselves."""
    return tuple(
        cell.grade_id
        for cell in cells
        if cell.grade and not cell.solution and cell.cell_type == "code" and holds_no_code(cell.source)
    )


def _replaced(files: Mapping[str, bytes], overwriting: Mapping[str, bytes]) -> list[str]:
    """Remark on files of the group's that the sheet's own take the place of."""
    changed = [
        path
        for path, content in overwriting.items()
        if path in files and files[path].replace(b"\r\n", b"\n") != content.replace(b"\r\n", b"\n")
    ]
    kept = overlay(dict(files), dict(overwriting))
    in_the_way = [path for path in files if path not in kept]
    return [
        *([f"The sheet's own files were put over changed ones of the group's ({named(changed)})."] if changed else []),
        *(
            [f"Files stood in the way of the sheet's own and were left out ({named(in_the_way)})."]
            if in_the_way
            else []
        ),
    ]


def _refuse_without_notebook(folder: Path, expected: list[str], handed_in: HandedIn) -> NoReturn:
    wanted = " and ".join(f"{name}.ipynb" for name in expected)
    for name in expected:
        if f"{name}.ipynb" in handed_in.folders:
            raise SubmissionError(f"{folder}: {name}.ipynb is a folder where the notebook was expected")
        for note in handed_in.notes:
            if note.startswith(f"{name}.ipynb "):
                raise SubmissionError(
                    f"{folder}: {note.removesuffix('.')}, and without its notebook nothing can be graded"
                )
    found = sorted(path for path in handed_in.files if path.lower().endswith((".ipynb", ".ipynb.txt", ".ipynb.json")))
    if found:
        raise SubmissionError(
            f"{folder}: {wanted} was expected, but what was handed in is {', '.join(found[:5])}; rename it if it is the"
            " right one"
        )
    raise SubmissionError(f"{folder}: no notebook was handed in; {wanted} was expected")


def _other_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that nbgrader copies beside the notebooks: all but notebooks."""
    return {path: content for path, content in files.items() if not path.endswith(".ipynb")}


def _check_size(sheet: Sheet, files: Mapping[str, bytes]) -> None:
    total, room = sum(map(len, files.values())), sheet.course.settings.disk_bytes
    if total > room:
        raise CourseError(
            f"the files in {sheet.source_folder} have {total >> 20} MiB and do not fit into the {room >> 20} MiB folder"
            " of a sandbox; raise c.Sheetgrader.disk_bytes"
        )
