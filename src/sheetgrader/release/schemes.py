"""Checks of the marking schemes: whether what tutors will tick reaches the points of each cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sheetgrader.course.directory import Sheet
from sheetgrader.course.regions import CourseDelimiters
from sheetgrader.course.source import SourceNotebook
from sheetgrader.errors import CourseError
from sheetgrader.marking.rubric_file import differences
from sheetgrader.marking.source_schemes import cell_schemes


def check_schemes(notebooks: Sequence[SourceNotebook], delimiters: CourseDelimiters) -> Iterator[str]:
    """Yield what is wrong with the schemes that say what lines are worth; those in prose are left to tutors."""
    for cell in cell_schemes(notebooks, delimiters):
        if not cell.scheme.rubric.is_prose:
            yield from (f"{cell.place}, {problem}" for problem in cell.scheme.problems)


def scheme_remarks(sheet: Sheet, notebooks: Sequence[SourceNotebook]) -> Iterator[str]:
    """Yield what an instructor may want to change in the schemes, and where tutors mark by something else."""
    delimiters = CourseDelimiters.of(sheet.course.config)
    for source in notebooks:
        in_prose = []
        for cell in cell_schemes([source], delimiters):
            rubric = cell.scheme.rubric
            if rubric.items and rubric.is_prose:
                in_prose.append(rubric.grade_id)
                # A line that was meant to say what it is worth, and none that does.
                yield from (f"{cell.place}, {problem}" for problem in cell.scheme.problems)
            yield from (f"{cell.place}, {remark}" for remark in cell.scheme.remarks)
        if in_prose:
            yield (
                f"{source.path}: the marking schemes of {_listed(in_prose)} have no lines with points, such as '- 0.2:"
                " the sign is justified', so that tutors have nothing to tick there"
            )
    try:
        yield from differences(sheet)
    except CourseError as error:
        yield str(error)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
