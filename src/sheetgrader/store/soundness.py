"""Courses that would be graded wrongly, and nobody would notice: said before anything is released or graded."""

from __future__ import annotations

import contextlib
import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbgrader.converters.autograde import Autograde
from nbgrader.utils import is_grade
from traitlets.utils.importstring import import_item

from sheetgrader.course.directory import CONFIG_FILE, Sheet, importable, nbgrader_log
from sheetgrader.course.source import nbgrader_metadata, read_notebook
from sheetgrader.errors import CourseError
from sheetgrader.items import SourceCell, holds_no_code
from sheetgrader.store.material import Material

#: The preprocessor that keeps ``nbgrader autograde`` in the sandbox.
_OURS: Final = "sheetgrader.nbgrader_plugin.Execute"


def problems_of(sheet: Sheet, material: Material) -> list[str]:
    """Return why the points of ``sheet`` would be wrong for everybody, one sentence each; empty where all is well."""
    return [*_strange_languages(sheet, material), *_tests_without_code(sheet, material)]


def remarks_on(sheet: Sheet, material: Material) -> list[str]:
    """Return what an instructor should know, though it does not stand in the way."""
    return [*_emptied_tests(sheet, material), *_plain_autograde(sheet)]


def check_soundness(sheet: Sheet, material: Material) -> tuple[str, ...]:
    """Return what there is to remark on ``sheet``.

    Raises:
        CourseError: its points would be wrong for everybody.
    """
    problems = problems_of(sheet, material)
    if problems:
        raise CourseError("; ".join(problems))
    return tuple(remarks_on(sheet, material))


def _strange_languages(sheet: Sheet, material: Material) -> Iterator[str]:
    sources = sheet.source_notebooks()
    for work in material.notebooks:
        language = _language(work.kernelspec, sources.get(work.name))
        if "python" not in language.casefold():
            yield (
                f"{sheet.source_folder / work.name}.ipynb is written in {language}, and only Python is graded here;"
                " give it a Python kernel in Jupyter, and save it"
            )


def _language(kernelspec: str | None, source: Path | None) -> str:
    """Return the language of a notebook: of its kernel, or else what the source says; Python where nothing tells."""
    found: object = None
    with contextlib.suppress(ValueError, AttributeError):
        found = json.loads(kernelspec or "{}").get("language")
    if not found and source is not None:
        # What else is wrong with the source is for the release to say.
        with contextlib.suppress(CourseError, AttributeError):
            found = read_notebook(source).notebook.metadata.get("language_info", {}).get("name")
    return found if isinstance(found, str) and found else "python"


def _unjudged(material: Material) -> Iterator[tuple[str, SourceCell]]:
    """Yield test cells that give all points to everybody, with the name of their notebook."""
    if material.graders:
        return  # what they do not judge is left to tutors
    for work in material.notebooks:
        for cell in work.source_cells:
            is_test = cell.grade and not cell.solution and cell.cell_type == "code"
            if is_test and cell.max_points and holds_no_code(cell.source):
                yield work.name, cell


def _tests_without_code(sheet: Sheet, material: Material) -> Iterator[str]:
    emptied = _with_code_in_source(sheet)
    found = [(name, cell) for name, cell in _unjudged(material) if (name, cell.grade_id) not in emptied]
    if not found:
        return
    cells = ", ".join(f"{cell.grade_id} in {name}.ipynb" for name, cell in found[:10])
    folder = sheet.grader_folder
    there = "holds no graders" if folder.is_dir() else "does not exist"
    similar = _similar_folders(sheet)
    hint = f" (there is {' and '.join(similar)})" if similar else ""
    yield (
        f"the test cells {cells} hold no code, and no grader judges them, so that everybody would get all their points:"
        f" {folder} {there}{hint}; put the graders there, or write tests into the cells"
    )


def _emptied_tests(sheet: Sheet, material: Material) -> Iterator[str]:
    emptied = _with_code_in_source(sheet) if any(True for _ in _unjudged(material)) else set()
    for name, cell in _unjudged(material):
        if (name, cell.grade_id) in emptied:
            yield (
                f"The test cell {cell.grade_id} in {name}.ipynb holds no code once it is released, so that everybody"
                " gets its points."
            )


def _with_code_in_source(sheet: Sheet) -> set[tuple[str, str]]:
    """Return the test cells of a course without graders that hold code in the source."""
    if sheet.grader_folder.parent.is_dir():
        return set()
    found = set()
    for name, path in sheet.source_notebooks().items():
        for cell in read_notebook(path).notebook.cells:
            if is_grade(cell) and not holds_no_code(cell.source):
                found.add((name, str(nbgrader_metadata(cell).get("grade_id"))))
    return found


def _similar_folders(sheet: Sheet) -> list[str]:
    """Return folders that may have been meant for the sheet's graders."""
    root, wanted = sheet.course.root, sheet.grader_folder.parent.name
    tops = {path.name.casefold(): path for path in root.iterdir() if path.is_dir()}
    near = [tops[name] for name in difflib.get_close_matches(wanted, tops, n=3, cutoff=0.75)]
    found: list[Path] = []
    for top in near:
        inside = {path.name.casefold(): path for path in sorted(top.iterdir()) if path.is_dir()}
        names = difflib.get_close_matches(sheet.name.casefold(), inside, n=3, cutoff=0.5)
        found += [inside[name] for name in names if inside[name] != sheet.grader_folder]
        if top.name != wanted and not names:
            found.append(top)
    return [f"{path.relative_to(root)}/" for path in found]


def _plain_autograde(sheet: Sheet) -> Iterator[str]:
    course = sheet.course
    autograde = Autograde(coursedir=course.coursedir, config=course.config, log=nbgrader_log)
    ours = import_item(_OURS)
    with importable(course.root):
        for named in autograde.autograde_preprocessors:
            try:
                kind = import_item(named) if isinstance(named, str) else named
            except ImportError:
                continue  # whoever loads it says so
            if isinstance(kind, type) and issubclass(kind, ours):
                return
    yield (
        f"{CONFIG_FILE} does not name {_OURS} among c.Autograde.autograde_preprocessors: `nbgrader autograde` would run"
        " what students wrote outside of the sandbox, and without graders; docs/autograder.md has the lines."
    )
