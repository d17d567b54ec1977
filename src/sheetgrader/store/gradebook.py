"""The store: results into nbgrader's own database and ``autograded/``, final scores back out of it."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters.autograde import Autograde
from sqlalchemy import select

from sheetgrader.course.directory import Sheet, nbgrader_log
from sheetgrader.course.staging import recover, swap_in, write_folder
from sheetgrader.course.submissions import TIMESTAMP_FILE
from sheetgrader.course.times import handed_in_at
from sheetgrader.errors import GradebookError, SubmissionError
from sheetgrader.grading.attachments import mend_attachments
from sheetgrader.grading.hiding import hide_tests
from sheetgrader.grading.inert import make_inert
from sheetgrader.grading.preparation import prepare
from sheetgrader.grading.sheet_cells import blank_notebook
from sheetgrader.items import GradedSubmission, NotebookWork, WorkItem
from sheetgrader.results import CellResult, LookAgain, SubmissionResult
from sheetgrader.store.answers import answers
from sheetgrader.store.database import open_gradebook, telling_database_errors
from sheetgrader.store.decisions import (
    Extended,
    add_decisions,
    extension_seconds,
    now,
    read_all_decisions,
    read_decisions,
)
from sheetgrader.store.final_scores import read_scores
from sheetgrader.store.kept_results import CellChange, changes, keep_result
from sheetgrader.store.looking_again import looks_again
from sheetgrader.store.penalties import LatePenalties

_NO_RESPONSE = "No response."
#: Characters of a name in nbgrader's database.
_MOST_NAME = 128
#: What a sentence shows of what is no time.
_SHOWN_CHARACTERS = 40


@contextlib.contextmanager
def gradebook_writer(sheet: Sheet, *, dry_run: bool = False) -> Iterator[GradebookWriter]:
    """Give a writer that keeps the gradebook open; one at a time, in the main process only.

    Args:
        sheet: whose submissions it records.
        dry_run: it is only asked, and writes nothing.

    Raises:
        GradebookError: the gradebook cannot be used, or does not know the sheet.
        CourseError: the course's late-submission plugin cannot be loaded.
    """
    with open_gradebook(sheet.course) as gradebook:
        yield GradebookWriter(sheet, gradebook, dry_run=dry_run)


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

    def __init__(self, sheet: Sheet, gradebook: Gradebook, *, dry_run: bool) -> None:
        """Use :func:`gradebook_writer`."""
        self._sheet = sheet
        self._session: Any = gradebook.db
        self._assignment_id, self._notebooks = _structure(gradebook, sheet)
        autograde = Autograde(coursedir=sheet.course.coursedir, config=sheet.course.config, log=nbgrader_log)
        self._file_mode = int(str(autograde.permissions), 8)
        self._create_students = autograde.create_student
        self._penalties = LatePenalties(sheet, autograde)
        self._keep_to_deadline()
        #: What the gradebook says of each group, as it was when grading began or recorded since.
        self._scores = read_scores(self._session, sheet.name)
        if dry_run:
            self._session.rollback()
        else:
            self._session.commit()
            self._keep_extensions()

    def _keep_to_deadline(self) -> None:
        """Let the gradebook know the deadline of ``sheet.toml``, also where it changed after the release."""
        due = self._sheet.regulations.deadline_utc if self._sheet.regulations is not None else None
        assignment = self._session.get(Assignment, self._assignment_id)
        if due is not None and assignment.duedate != due:
            assignment.duedate = due

    def _keep_extensions(self) -> None:
        """Write down the extensions that others have given in the gradebook since one was decided on last."""
        decisions = read_all_decisions(self._sheet)
        for group, score in self._scores.items():
            if score.extension_seconds != (extension_seconds(decisions.get(group, ())) or 0.0):
                given = Extended(
                    by="the gradebook", when=now(), why="It was given there.", seconds=score.extension_seconds
                )
                add_decisions(self._sheet, group, [given])

    def already_graded(self, earlier: SubmissionResult, item: WorkItem) -> bool:
        """Say whether ``earlier`` is the result of ``item`` and recorded, with the notebooks for tutors to look at, so
        that grading again would change nothing.
        """
        is_current = bool(item.digest) and earlier.digest == item.digest and not earlier.error
        folder = self._sheet.autograded_folder(earlier.group)
        return (
            is_current
            and earlier.group in self._scores
            and folder.is_dir()
            and all((folder / f"{work.name}.ipynb").is_file() for work in item.notebooks if work.submitted is not None)
        )

    def is_right(self, earlier: SubmissionResult, timestamp: bytes | None) -> bool:
        """Say whether the gradebook holds what ``earlier`` says, and the penalty that follows from the facts.

        It does not where others have overwritten scores, or where a deadline, an extension, a time of hand-in, a mark
        or the course's penalty has changed since.
        """
        score = self._scores[earlier.group]
        recorded = {(cell.notebook, cell.grade_id): cell for cell in score.cells}
        for cell in earlier.cells:
            row = recorded.get((cell.notebook, cell.grade_id))
            if row is None or row.auto_points != cell.points:
                return False
            if cell.points is None and row.manual_points is None and not row.needs_manual_grade:
                return False
        handed_in, _ = _parse_timestamp(timestamp)
        if handed_in is not None and handed_in != score.timestamp:
            return False
        folder = self._sheet.autograded_folder(earlier.group)
        expected = sum(
            self._penalties.of(earlier.group, score.points_in(notebook.name), score.seconds_late) or 0.0
            for notebook in self._notebooks
            if score.seconds_late > 0 and (folder / f"{notebook.name}.ipynb").is_file()
        )
        return math.isclose(expected, score.late_penalty, abs_tol=1e-9)

    def put_right(self, earlier: SubmissionResult, timestamp: bytes | None) -> None:
        """Enter the result ``earlier`` once more, and the penalty that follows from the facts; nothing is run.

        Raises:
            GradebookError: the gradebook cannot be written; it is as it was before.
        """
        folder = self._sheet.autograded_folder(earlier.group)
        paths = {notebook.name: folder / f"{notebook.name}.ipynb" for notebook in self._notebooks}
        try:
            with telling_database_errors(self._sheet.course.db_url):
                notebooks = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
                self._enter(GradedSubmission(result=earlier), notebooks, timestamp, set())
                self._session.commit()
        except OSError as error:
            raise GradebookError(f"{error.filename} cannot be read: {error.strerror}") from None
        finally:
            self._session.rollback()

    def extend(self, group: str, seconds: float) -> None:
        """Let ``group`` hand in later by ``seconds`` than the others; does nothing where it has handed in nothing.

        Raises:
            GradebookError: the gradebook cannot be written; it is as it was before.
        """
        try:
            with telling_database_errors(self._sheet.course.db_url):
                submission = self._find_submission(group)
                if submission is not None:
                    submission.extension = timedelta(seconds=seconds) if seconds else None
                    self._session.commit()
                    self._scores = read_scores(self._session, self._sheet.name)
        finally:
            self._session.rollback()

    def name_students(self, names: Mapping[str, tuple[str, str]]) -> None:
        """Enter first and last names, by group, of those of whom the gradebook has neither.

        Raises:
            GradebookError: the gradebook cannot be written; it is as it was before.
        """
        try:
            with telling_database_errors(self._sheet.course.db_url):
                for student in self._session.scalars(select(Student).where(Student.id.in_([*names]))):
                    if not student.first_name and not student.last_name:
                        student.first_name, student.last_name = (name[:_MOST_NAME] for name in names[student.id])
                self._session.commit()
        finally:
            self._session.rollback()

    def confirm(self, group: str, cells: Collection[tuple[str, str]]) -> None:
        """Ask for no other look at ``cells``, by notebook and ``grade_id``: somebody has looked.

        Raises:
            GradebookError: the gradebook cannot be written; it is as it was before.
        """
        try:
            with telling_database_errors(self._sheet.course.db_url):
                submission = self._find_submission(group)
                names = {notebook.id: notebook for notebook in self._notebooks}
                for row in (
                    self._rows(SubmittedNotebook, SubmittedNotebook.assignment_id, submission.id) if submission else ()
                ):
                    notebook = names[row.notebook_id]
                    wanted = {cell_id for name, cell_id in notebook.graded.items() if (notebook.name, name) in cells}
                    for grade in self._rows(Grade, Grade.notebook_id, row.id):
                        if grade.cell_id in wanted:
                            grade.needs_manual_grade = False
                self._session.commit()
        finally:
            self._session.rollback()

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
                looks = self._looks(graded.result, earlier, folder, notebooks)
                files = {} if item is None else item.files
                finished = write_folder(
                    folder,
                    {**files, **{f"{name}.ipynb": content for name, content in notebooks.items()}},
                    mode=self._file_mode,
                )
                if self._sheet.course.coursedir.groupshared:
                    _share(finished)
                with swap_in(finished, folder):
                    changed = {(look.notebook, look.grade_id) for look in looks}
                    notes = self._enter(graded, notebooks, files.get(TIMESTAMP_FILE), changed)
                    self._session.commit()
            result = msgspec.structs.replace(
                graded.result,
                notes=(*graded.result.notes, *notes),
                look_again=looks,
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

    def _looks(
        self,
        result: SubmissionResult,
        earlier: SubmissionResult | None,
        folder: Path,
        notebooks: Mapping[str, bytes],
    ) -> tuple[LookAgain, ...]:
        """Return the marks that a person has to look at again: those on answers or verdicts that are not what they
        were, and those that nobody has looked at since they were found so.
        """
        marked = self._marked(result.group)
        if not marked:
            return ()
        is_same = earlier is not None and bool(result.digest) and earlier.digest == result.digest
        other_answers = set()
        for notebook in self._notebooks:
            path = folder / f"{notebook.name}.ipynb"
            if is_same and not path.is_file():
                continue  # it was lost, and what was handed in is what it was
            old = answers(path.read_bytes() if path.is_file() else None)
            new = answers(notebooks.get(notebook.name))
            other_answers |= {(notebook.name, name) for name in notebook.graded if old.get(name) != new.get(name)}
        before = earlier if earlier is not None else self._as_recorded(result)
        return looks_again(marked, before, result, other_answers)

    def _as_recorded(self, result: SubmissionResult) -> SubmissionResult:
        """Return ``result`` with the points that the gradebook has, in the place of one that was not kept."""
        score = self._scores.get(result.group)
        points = {(cell.notebook, cell.grade_id): cell.auto_points for cell in (score.cells if score else ())}
        return msgspec.structs.replace(
            result,
            cells=tuple(
                msgspec.structs.replace(cell, points=points.get((cell.notebook, cell.grade_id), cell.points))
                for cell in result.cells
            ),
        )

    def _marked(self, group: str) -> dict[tuple[str, str], bool]:
        """Return the cells that a tutor has scored by hand, and whether somebody has to look at each again."""
        query = (
            select(Notebook.name, BaseCell.name, Grade.needs_manual_grade)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .where(SubmittedAssignment.assignment_id == self._assignment_id)
            .where(SubmittedAssignment.student_id == group)
            .where(Grade.manual_score.is_not(None))
        )
        return {(notebook, cell): bool(needed) for notebook, cell, needed in self._session.execute(query)}

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
            self._enter_penalty(submission, row, handed_in=notebook.name in notebooks)
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
        submission = self._find_submission(group)
        if submission is None:
            submission = self._added(SubmittedAssignment(assignment_id=self._assignment_id, student_id=group))
            if seconds := extension_seconds(read_decisions(self._sheet, group)):
                submission.extension = timedelta(seconds=seconds)
        handed_in, notes = _parse_timestamp(timestamp)
        if handed_in is not None:
            submission.timestamp = handed_in
        return submission, notes

    def _find_submission(self, group: str) -> SubmittedAssignment | None:
        query = select(SubmittedAssignment).filter_by(assignment_id=self._assignment_id, student_id=group)
        return self._session.scalars(query).one_or_none()

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

    def _enter_penalty(self, submission: SubmittedAssignment, row: SubmittedNotebook, *, handed_in: bool) -> None:
        row.late_submission_penalty = None
        if handed_in and submission.total_seconds_late > 0:
            self._session.flush()
            self._session.expire(row, ["score"])
            late = submission.total_seconds_late
            row.late_submission_penalty = self._penalties.of(submission.student_id, row.score, late)

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


def _notebooks(graded: GradedSubmission, item: WorkItem | None) -> dict[str, bytes]:
    """Return a notebook by name for each of the sheet's, so that there is one in which tutors can give points: as it
    was graded, or else as it was handed in, or without answers where that cannot be opened.
    """
    notebooks = {notebook.name: notebook.content for notebook in graded.notebooks}
    if item is not None:
        for work in item.notebooks:
            if work.name not in notebooks:
                notebooks[work.name] = nbformat.writes(_to_look_at(work, item)).encode("utf-8", "replace")
    return notebooks


def _to_look_at(work: NotebookWork, item: WorkItem) -> NotebookNode:
    try:
        notebook = prepare(work).notebook
    except SubmissionError:
        notebook = blank_notebook(work)
    make_inert(notebook, work.source_cells)
    mend_attachments(notebook)
    hide_tests(notebook, work.source_cells, item.hidden_test_delimiters)
    return notebook


def _parse_timestamp(content: bytes | None) -> tuple[datetime | None, list[str]]:
    if content is None or (time := handed_in_at(content)) is not None:
        return None if content is None else time, []
    text = content[: 4 * _SHOWN_CHARACTERS].decode("utf-8", "replace").strip()
    if not text:
        return None, []
    return None, [
        f"{TIMESTAMP_FILE} does not hold a time ({text[:_SHOWN_CHARACTERS]!r}), so nothing is known about when it was"
        " handed in."
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
