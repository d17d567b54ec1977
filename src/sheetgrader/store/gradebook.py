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
from sheetgrader.results import CellResult
from sheetgrader.store.database import open_gradebook, telling_database_errors
from sheetgrader.store.kept_results import CellChange, changes, keep_result, read_result

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

    def already_graded(self, group: str, digest: str) -> bool:
        """Say whether everything about ``group`` is recorded with a result of this ``digest``, so that grading again
        would change nothing.
        """
        result = read_result(self._sheet, group)
        folder = self._sheet.autograded_folder(group)
        return (
            bool(digest)
            and result is not None
            and result.digest == digest
            and not result.error
            and group in self._recorded
            and folder.is_dir()
        )

    def record(self, graded: GradedSubmission, item: WorkItem | None) -> tuple[CellChange, ...]:
        """Record one graded submission and return what changed against its earlier result.

        In the database it is one transaction; the folder in ``autograded/`` is swapped in just before that commits and
        swapped back if it fails. The result's JSON, from which :meth:`already_graded` knows that all is done, comes
        last: after an interruption at any point the submission is graded again, which puts everything right.

        Args:
            graded: what the worker gave back.
            item: what was graded; None where what was handed in could not be read.

        Raises:
            GradebookError: something cannot be written; the submission is recorded as it was before.
        """
        started = time.perf_counter()
        group = graded.result.group
        folder = self._sheet.autograded_folder(group)
        earlier = read_result(self._sheet, group)
        try:
            with telling_database_errors(self._sheet.course.db_url):
                recover(folder)
                notebooks = _notebooks(graded, item)
                files = {} if item is None else item.files
                finished = write_folder(
                    folder,
                    {**files, **{f"{name}.ipynb": content for name, content in notebooks.items()}},
                    mode=self._file_mode,
                )
                if self._sheet.course.coursedir.groupshared:
                    _share(finished)
                with swap_in(finished, folder):
                    notes = self._enter(graded, notebooks, files.get("timestamp.txt"))
                    self._session.commit()
            self._recorded.add(group)
            result = msgspec.structs.replace(
                graded.result,
                notes=(*graded.result.notes, *notes),
                stages=msgspec.structs.replace(graded.result.stages, record=time.perf_counter() - started),
            )
            keep_result(self._sheet, result)
        except OSError as error:
            raise GradebookError(
                f"{error.filename or folder} cannot be written: {error.strerror}; then run the command again"
            ) from None
        finally:
            # After a commit this does nothing.
            self._session.rollback()
        return changes(earlier, result)

    def _enter(self, graded: GradedSubmission, notebooks: Mapping[str, bytes], timestamp: bytes | None) -> list[str]:
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
            self._enter_grades(notebook, row, results, handed_in=notebook.name in notebooks)
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
        *,
        handed_in: bool,
    ) -> None:
        grades = {grade.cell_id: grade for grade in self._rows(Grade, Grade.notebook_id, row.id)}
        for name, cell_id in notebook.graded.items():
            grade = grades.get(cell_id) or self._add(Grade(cell_id=cell_id, notebook_id=row.id))
            result = results.get((notebook.name, name))
            grade.auto_score = None if result is None else result.points
            # A cell that was scored by hand asks for another look, except where there is no notebook to look at.
            grade.needs_manual_grade = grade.auto_score is None or (handed_in and grade.manual_score is not None)

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
