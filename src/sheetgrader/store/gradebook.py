"""The store: results into nbgrader's own database and ``autograded/``, final scores back out of it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from traitlets import TraitError
from traitlets.utils.importstring import import_item

from sheetgrader.course.directory import Sheet, importable, nbgrader_log
from sheetgrader.course.staging import recover, swap_in, write_folder
from sheetgrader.errors import CourseError, GradebookError, SubmissionError
from sheetgrader.grading.preparation import prepare
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.results import CellResult, SubmissionResult
from sheetgrader.store.answers import answers
from sheetgrader.store.database import open_gradebook, telling_database_errors
from sheetgrader.store.kept_results import CellChange, changes, keep_result

_NO_RESPONSE = "No response."


@contextlib.contextmanager
def gradebook_writer(sheet: Sheet) -> Iterator[GradebookWriter]:
    """Give a writer that keeps the gradebook open; one at a time, in the main process only.

    Raises:
        GradebookError: the gradebook cannot be used, or does not know the sheet.
        CourseError: the course's late-submission plugin cannot be loaded.
    """
    with open_gradebook(sheet.course) as gradebook:
        yield GradebookWriter(sheet, gradebook)


@dataclass(frozen=True)
class _Notebook:
    """A released notebook as the database has it."""

    id: str
    name: str
    #: Cells with points by their names, and cells with comments.
    graded: dict[str, str]
    commented: dict[str, str]


class GradebookWriter:
    """Records graded submissions of one sheet."""

    def __init__(self, sheet: Sheet, gradebook: Gradebook) -> None:
        """Use :func:`gradebook_writer`."""
        self._sheet = sheet
        self._session: Any = gradebook.db
        self._assignment_id, self._notebooks = _structure(gradebook, sheet)
        autograde = Autograde(coursedir=sheet.course.coursedir, config=sheet.course.config, log=nbgrader_log)
        self._file_mode = int(str(autograde.permissions), 8)
        self._create_students = autograde.create_student
        self._penalties = _late_penalties(sheet, autograde)
        query = select(SubmittedAssignment.student_id).where(SubmittedAssignment.assignment_id == self._assignment_id)
        self._recorded: set[str] = set(self._session.scalars(query))
        self._session.commit()

    def already_graded(self, earlier: SubmissionResult, digest: str) -> bool:
        """Say whether everything about a group is recorded with the result ``earlier`` of this ``digest``, so that
        grading again would change nothing.
        """
        is_current = bool(digest) and earlier.digest == digest and not earlier.error
        return is_current and earlier.group in self._recorded and self._sheet.autograded_folder(earlier.group).is_dir()

    def record(
        self, graded: GradedSubmission, item: WorkItem | None, earlier: SubmissionResult | None
    ) -> tuple[SubmissionResult, tuple[CellChange, ...]]:
        """Record one graded submission; return its result as it is kept now, and what changed against the earlier one.

        In the database it is one transaction; the folder in ``autograded/`` is swapped in just before that commits and
        swapped back if it fails. The result's JSON, from which :meth:`already_graded` knows that all is done, comes
        last: after an interruption at any point the submission is graded again, which puts everything right.

        Args:
            graded: what the worker gave back.
            item: what was graded; None where what was handed in could not be read.
            earlier: the result that was kept before, see :func:`~sheetgrader.store.kept_results.read_result`.

        Raises:
            GradebookError: something cannot be written; the submission is recorded as it was before.
        """
        started = time.perf_counter()
        folder = self._sheet.autograded_folder(graded.result.group)
        try:
            with telling_database_errors(self._sheet.course.db_url):
                recover(folder)
                notebooks = _notebooks(graded, item)
                changed = self._changed_cells(graded.result, earlier, folder, notebooks)
                files = {} if item is None else item.files
                finished = write_folder(
                    folder,
                    {**files, **{f"{name}.ipynb": content for name, content in notebooks.items()}},
                    mode=self._file_mode,
                )
                if self._sheet.course.coursedir.groupshared:
                    _share(finished)
                with swap_in(finished, folder):
                    notes = self._enter(graded, notebooks, files.get("timestamp.txt"), changed)
                    self._session.commit()
            self._recorded.add(graded.result.group)
            result = msgspec.structs.replace(
                graded.result,
                notes=(*graded.result.notes, *notes),
                stages=msgspec.structs.replace(graded.result.stages, record=time.perf_counter() - started),
            )
            keep_result(self._sheet, result, earlier)
        except OSError as error:
            raise GradebookError(
                f"{error.filename or folder} cannot be written: {error.strerror}; then run the command again"
            ) from None
        finally:
            # After a commit this does nothing.
            self._session.rollback()
        return result, changes(earlier, result)

    def _changed_cells(
        self,
        result: SubmissionResult,
        earlier: SubmissionResult | None,
        folder: Path,
        notebooks: Mapping[str, bytes],
    ) -> set[tuple[str, str]]:
        """Return the cells whose answer or automatic verdict is not what it was when it was graded before."""
        if not self._has_marks(result.group):
            return set()
        before = (
            {(cell.notebook, cell.grade_id): (cell.points, cell.outcome) for cell in earlier.cells} if earlier else {}
        )
        changed = {
            key
            for cell in result.cells
            if (key := (cell.notebook, cell.grade_id)) in before and before[key] != (cell.points, cell.outcome)
        }
        for notebook in self._notebooks:
            path = folder / f"{notebook.name}.ipynb"
            old = answers(path.read_bytes() if path.is_file() else None)
            new = answers(notebooks.get(notebook.name))
            changed |= {(notebook.name, name) for name in {*notebook.graded} if old.get(name) != new.get(name)}
        return changed

    def _has_marks(self, group: str) -> bool:
        """Say whether a tutor has scored any cell of a group's by hand."""
        query = (
            select(Grade.id)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .where(SubmittedAssignment.assignment_id == self._assignment_id)
            .where(SubmittedAssignment.student_id == group)
            .where(Grade.manual_score.is_not(None))
        )
        return self._session.scalars(query.limit(1)).first() is not None

    def _enter(
        self,
        graded: GradedSubmission,
        notebooks: Mapping[str, bytes],
        timestamp: bytes | None,
        changed: set[tuple[str, str]],
    ) -> list[str]:
        """Enter the scores, as nbgrader's ``Autograde`` and ``SaveAutoGrades`` do, without committing."""
        submission, notes = self._submission(graded.result.group, timestamp)
        results = {(cell.notebook, cell.grade_id): cell for cell in graded.result.cells}
        submitted = {
            notebook.notebook_id: notebook
            for notebook in self._rows(SubmittedNotebook, SubmittedNotebook.assignment_id, submission.id)
        }
        for notebook in self._notebooks:
            row = submitted.get(notebook.id) or self._added(
                SubmittedNotebook(notebook_id=notebook.id, assignment_id=submission.id)
            )
            self._enter_grades(notebook, row, results, changed if notebook.name in notebooks else set())
            self._enter_comments(notebook, row, _unanswered(notebooks.get(notebook.name)))
            if notebook.name in notebooks:
                self._enter_penalty(submission, row)
        self._session.flush()
        return notes

    def _submission(self, group: str, timestamp: bytes | None) -> tuple[SubmittedAssignment, list[str]]:
        if self._session.get(Student, group) is None:
            if not self._create_students:
                raise GradebookError(
                    f"the gradebook knows no student {group!r}, and c.Autograde.create_student is off; add the student"
                    " to it first"
                )
            self._added(Student(id=group))
        query = select(SubmittedAssignment).filter_by(assignment_id=self._assignment_id, student_id=group)
        submission = self._session.scalars(query).one_or_none()
        if submission is None:
            submission = self._added(SubmittedAssignment(assignment_id=self._assignment_id, student_id=group))
        handed_in, notes = _parse_timestamp(timestamp)
        if handed_in is not None:
            submission.timestamp = handed_in
        return submission, notes

    def _enter_grades(
        self,
        notebook: _Notebook,
        row: SubmittedNotebook,
        results: Mapping[tuple[str, str], CellResult],
        changed: set[tuple[str, str]],
    ) -> None:
        grades = {grade.cell_id: grade for grade in self._rows(Grade, Grade.notebook_id, row.id)}
        for name, cell_id in notebook.graded.items():
            grade = grades.get(cell_id) or self._add(Grade(cell_id=cell_id, notebook_id=row.id))
            result = results.get((notebook.name, name))
            grade.auto_score = None if result is None else result.points
            if grade.manual_score is None:
                grade.needs_manual_grade = grade.auto_score is None
            elif (notebook.name, name) in changed:
                # nbgrader asks for another look at every score given by hand, whatever has changed.
                grade.needs_manual_grade = True

    def _enter_comments(self, notebook: _Notebook, row: SubmittedNotebook, unanswered: set[str]) -> None:
        comments = {comment.cell_id: comment for comment in self._rows(Comment, Comment.notebook_id, row.id)}
        for name, cell_id in notebook.commented.items():
            comment = comments.get(cell_id) or self._add(Comment(cell_id=cell_id, notebook_id=row.id))
            comment.auto_comment = _NO_RESPONSE if name in unanswered else None

    def _enter_penalty(self, submission: SubmittedAssignment, row: SubmittedNotebook) -> None:
        """Assign a late penalty, as nbgrader's ``AssignLatePenalties`` does."""
        if self._penalties is None:
            return
        row.late_submission_penalty = None
        if submission.total_seconds_late <= 0:
            return
        self._session.flush()
        self._session.expire(row, ["score"])
        try:
            penalty = self._penalties.plugin_inst.late_submission_penalty(
                submission.student_id, row.score, submission.total_seconds_late
            )
            # nbgrader's own bounds: not below 0, not above the score.
            row.late_submission_penalty = None if penalty is None else self._penalties._check_late_penalty(row, penalty)
        except Exception as error:
            name = type(self._penalties.plugin_inst).__name__
            raise GradebookError(
                f"the late-submission plugin {name} failed for {submission.student_id}: {type(error).__name__}: {error}"
            ) from error

    def _rows(self, kind: Any, column: Any, value: str) -> list[Any]:
        return list(self._session.scalars(select(kind).where(column == value)))

    def _add(self, row: Any) -> Any:
        self._session.add(row)
        return row

    def _added(self, row: Any) -> Any:
        """Add a row whose id others refer to."""
        self._session.add(row)
        self._session.flush()
        return row


def _structure(gradebook: Gradebook, sheet: Sheet) -> tuple[str, tuple[_Notebook, ...]]:
    try:
        assignment: Assignment = gradebook.find_assignment(sheet.name)
    except MissingEntry:
        raise GradebookError(
            f"the gradebook does not know the sheet {sheet.name}; run: sheetgrader release {sheet.name}"
        ) from None
    notebooks = tuple(
        _Notebook(
            id=notebook.id,
            name=notebook.name,
            graded={cell.name: cell.id for cell in (*notebook.grade_cells, *notebook.task_cells)},
            commented={cell.name: cell.id for cell in (*notebook.solution_cells, *notebook.task_cells)},
        )
        for notebook in assignment.notebooks
    )
    return assignment.id, notebooks


def _late_penalties(sheet: Sheet, autograde: Autograde) -> AssignLatePenalties | None:
    """Return nbgrader's preprocessor for late penalties with the course's plugin, or None where the course has it
    switched off.
    """
    try:
        with importable(sheet.course.root):
            named = [import_item(kind) if isinstance(kind, str) else kind for kind in autograde.autograde_preprocessors]
            kinds = [kind for kind in named if isinstance(kind, type) and issubclass(kind, AssignLatePenalties)]
            if not kinds:
                return None
            penalties = kinds[0](config=sheet.course.config, log=nbgrader_log)
            penalties.init_plugin()
    except (TraitError, ImportError) as error:
        raise CourseError(
            "nbgrader_config.py: a preprocessor or late-submission plugin cannot be loaded:"
            f" {' '.join(str(error).split())}"
        ) from None
    return penalties if penalties.enabled else None


def _notebooks(graded: GradedSubmission, item: WorkItem | None) -> dict[str, bytes]:
    """Return the graded notebooks by name; one that was not graded is there as it was handed in, for a tutor to look
    at, if it can be opened.
    """
    notebooks = {}
    graded_names = {notebook.name for notebook in graded.notebooks}
    for work in () if item is None else item.notebooks:
        if work.name in graded_names:
            continue
        with contextlib.suppress(SubmissionError):
            notebooks[work.name] = nbformat.writes(prepare(work).notebook).encode("utf-8", "replace")
    return {**notebooks, **{notebook.name: notebook.content for notebook in graded.notebooks}}


def _parse_timestamp(content: bytes | None) -> tuple[datetime | None, list[str]]:
    text = (content or b"").decode("utf-8", "replace").strip()
    if not text:
        return None, []
    try:
        return utils.parse_utc(text), []
    except (ValueError, OverflowError):
        return None, [
            f"timestamp.txt does not hold a time ({text[:40]!r}), so nothing is known about when it was handed in."
        ]


def _unanswered(content: bytes | None) -> set[str]:
    """Return the solution cells of a graded notebook that are as they were released."""
    if content is None:
        return set()
    unanswered = set()
    # Python's own reader, since a notebook may hold NaN, which is no JSON.
    for cell in json.loads(content).get("cells", []):
        metadata = cell["metadata"].get("nbgrader", {})
        if not metadata.get("solution") or metadata.get("task") or not metadata.get("grade_id"):
            continue
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        node = nbformat.from_dict(
            {"cell_type": cell["cell_type"], "metadata": {"nbgrader": metadata}, "source": source}
        )
        if metadata.get("checksum") == utils.compute_checksum(node):
            unanswered.add(metadata["grade_id"])
    return unanswered


def _share(folder: Path) -> None:
    for parent in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        parent.chmod(parent.stat().st_mode | 0o2770)
