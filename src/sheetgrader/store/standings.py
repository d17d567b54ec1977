"""The standing of a whole class, out of gradebook, kept results, decisions and what lies in ``submitted/``."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_small_file
from sheetgrader.course.questions import QuestionName, questions_of_cells
from sheetgrader.course.source import read_notebook
from sheetgrader.course.submissions import TIMESTAMP_FILE, submission_digest
from sheetgrader.course.times import handed_in_at
from sheetgrader.errors import CourseError
from sheetgrader.results import SubmissionResult
from sheetgrader.store.database import open_gradebook
from sheetgrader.store.decisions import read_all_decisions
from sheetgrader.store.facts import GroupFacts, Outline
from sheetgrader.store.final_scores import read_registered, read_scores
from sheetgrader.store.kept_results import read_result, result_file
from sheetgrader.store.standing import GroupStanding, standing


def read_standings(sheet: Sheet, groups: Collection[str] | None = None) -> dict[str, GroupStanding]:
    """Return where each group stands with ``sheet``, by group in order.

    Args:
        sheet: which sheet.
        groups: only these; everybody who has handed in, was graded, is registered or was decided about where it is
            None.

    Raises:
        GradebookError: the gradebook cannot be read.
        CourseError: the sheet, or what was decided, cannot be read.
    """
    with open_gradebook(sheet.course) as gradebook:
        scores = read_scores(gradebook.db, sheet.name, with_comments=False)
        registered = read_registered(gradebook.db)
    decisions = read_all_decisions(sheet)
    folders = sheet.course.student_folders(sheet.course.coursedir.submitted_directory, sheet.name)
    outline = sheet_outline(sheet)
    everybody = sorted({*scores, *folders, *decisions, *registered}) if groups is None else groups
    found = {}
    for group in everybody:
        result = read_result(sheet, group) if group in scores else None
        folder = folders.get(group)
        is_known = folder is not None and _is_as_graded(folder, result, result_file(sheet, group))
        facts = GroupFacts(
            group=group,
            names=registered.get(group, ""),
            score=scores.get(group),
            result=result,
            decisions=decisions.get(group, ()),
            handed_in=result.handed_in if is_known and result is not None else submission_digest(sheet, group),
            has_folder=folder is not None,
            timestamp=None if folder is None or is_known else _time_in(folder),
        )
        found[group] = standing(facts, outline)
    return found


def sheet_outline(sheet: Sheet) -> Outline:
    """Return what a sheet asks for, as far as its notebooks can be read.

    Raises:
        CourseError: ``sheet.toml`` is broken.
    """
    questions: dict[tuple[str, str], QuestionName] = {}
    for name, path in sheet.source_notebooks().items():
        try:
            notebook = read_notebook(path).notebook
        except CourseError:
            continue
        questions |= {(name, cell): question for cell, question in questions_of_cells(notebook).items()}
    regulations = sheet.regulations
    if regulations is None:
        return Outline(questions)
    return Outline(questions, bonus=regulations.bonus, deadline=regulations.deadline_utc)


def _is_as_graded(folder: Path, result: SubmissionResult | None, file: Path) -> bool:
    """Say whether nothing in ``folder`` was touched since it was graded; only then need it not be read, which is quick
    for a whole class.
    """
    if result is None or not result.handed_in:
        return False
    try:
        then = file.stat().st_mtime_ns
        return all(os.lstat(path).st_ctime_ns < then for path in _everything_in(str(folder)))
    except OSError:
        return False


def _time_in(folder: Path) -> datetime | None:
    try:
        return handed_in_at(read_small_file(folder / TIMESTAMP_FILE))
    except OSError:
        return None


def _everything_in(folder: str) -> list[str]:
    found = [folder]
    for entry in os.scandir(folder):
        found += _everything_in(entry.path) if entry.is_dir(follow_symlinks=False) else [entry.path]
    return found
