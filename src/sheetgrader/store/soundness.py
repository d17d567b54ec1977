"""Courses that would be graded wrongly, and nobody would notice: said before anything is released or graded."""

from __future__ import annotations

import contextlib
import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbgrader.converters.autograde import Autograde
from traitlets.utils.importstring import import_item

from sheetgrader.course.directory import CONFIG_FILE, Sheet, importable, nbgrader_log
from sheetgrader.course.source import read_notebook
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
    return [*_given_to_everybody(sheet, material), *_plain_autograde(sheet)]


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


def _test_cells(material: Material) -> list[tuple[str, SourceCell]]:
    """Return the test cells that are worth points, with the names of their notebooks."""
    return [
        (work.name, cell)
        for work in material.notebooks
        for cell in work.source_cells
        if cell.grade and not cell.solution and cell.cell_type == "code" and cell.max_points
    ]


def _unjudged(material: Material) -> str:
    """Name the test cells that give all their points to everybody."""
    # What graders do not judge is left to tutors.
    cells = [] if material.graders else [each for each in _test_cells(material) if holds_no_code(each[1].source)]
    return ", ".join(f"{cell.grade_id} in {name}.ipynb" for name, cell in cells[:10])


def _judges_in_its_cells(sheet: Sheet, material: Material) -> bool:
    """Tell whether it is an ordinary course of nbgrader's: nothing looks like graders, and other tests hold code."""
    has_code = any(not holds_no_code(cell.source) for _, cell in _test_cells(material))
    return has_code and not sheet.grader_folder.parent.is_dir() and not _similar_folders(sheet)


def _tests_without_code(sheet: Sheet, material: Material) -> Iterator[str]:
    cells = _unjudged(material)
    if not cells or _judges_in_its_cells(sheet, material):
        return
    folder, similar = sheet.grader_folder, _similar_folders(sheet)
    there = "holds no graders" if folder.is_dir() else "does not exist"
    hint = f" (there is {' and '.join(similar)})" if similar else ""
    yield (
        f"the test cells {cells} hold no code, and no grader judges them, so that everybody would get all their points:"
        f" {folder} {there}{hint}; put the graders there, or write tests into the cells"
    )


def _given_to_everybody(sheet: Sheet, material: Material) -> Iterator[str]:
    cells = _unjudged(material)
    if cells and _judges_in_its_cells(sheet, material):
        yield f"The test cells {cells} hold no code, so that everybody gets their points, as from nbgrader itself."


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
