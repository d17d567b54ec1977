"""nbgrader's rows of one sheet: what they say, and how results are entered in them. Nothing here commits."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import nbformat
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
from sqlalchemy import select

from sheetgrader.course.directory import Sheet
from sheetgrader.course.submissions import TIMESTAMP_FILE
from sheetgrader.course.times import handed_in_at
from sheetgrader.errors import GradebookError
from sheetgrader.results import CellResult, SubmissionResult
from sheetgrader.store.database import begin_writing
from sheetgrader.store.decisions import extension_seconds, read_decisions
from sheetgrader.store.final_scores import NO_RESPONSE
from sheetgrader.store.penalties import LatePenalties

#: Characters of a name in nbgrader's database.
_MOST_NAME = 128
#: What a sentence shows of what is no time.
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class SheetNotebook:
    """A released notebook as the database has it."""

    id: str
    name: str
    #: Cells with points by their names, and cells with comments.
    graded: dict[str, str]
    commented: dict[str, str]


class SheetRows:
    """The rows of one sheet, in somebody else's session."""

    def __init__(self, sheet: Sheet, gradebook: Gradebook, penalties: LatePenalties, *, create_students: bool) -> None:
        """Look the sheet up.

        Raises:
            GradebookError: the gradebook does not know it.
        """
        self._sheet = sheet
        self._session: Any = gradebook.db
        self._penalties = penalties
        self._create_students = create_students
        self._assignment_id, self.notebooks = _structure(gradebook, sheet)

    def keep_to_deadline(self) -> None:
        """Let the gradebook know the deadline of ``sheet.toml``, also where it changed after the release."""
        due = self._sheet.regulations.deadline_utc if self._sheet.regulations is not None else None
        assignment = self._session.get(Assignment, self._assignment_id)
        if due is not None and assignment.duedate != due:
            assignment.duedate = due

    def marked(self, group: str) -> dict[tuple[str, str], bool]:
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

    def name_students(self, names: Mapping[str, tuple[str, str]]) -> None:
        """Enter first and last names, by group, of those of whom the gradebook has neither."""
        for student in self._session.scalars(select(Student).where(Student.id.in_([*names]))):
            if not student.first_name and not student.last_name:
                student.first_name, student.last_name = (name[:_MOST_NAME] for name in names[student.id])

    def hold(self, group: str) -> None:
        """Let nobody else write what belongs to a group, markers least of all, until the transaction ends."""
        begin_writing(self._session.connection())
        submission = select(SubmittedAssignment.id).filter_by(assignment_id=self._assignment_id, student_id=group)
        self._session.execute(submission.with_for_update())

    def confirm(self, group: str, cells: Collection[tuple[str, str]]) -> None:
        """Ask for no other look at ``cells``, by notebook and ``grade_id``."""
        submission = self.find_submission(group)
        names = {notebook.id: notebook for notebook in self.notebooks}
        for row in self._rows(SubmittedNotebook, SubmittedNotebook.assignment_id, submission.id) if submission else ():
            notebook = names[row.notebook_id]
            wanted = {cell_id for name, cell_id in notebook.graded.items() if (notebook.name, name) in cells}
            for grade in self._rows(Grade, Grade.notebook_id, row.id):
                if grade.cell_id in wanted:
                    grade.needs_manual_grade = False

    def enter(
        self,
        result: SubmissionResult,
        notebooks: Mapping[str, bytes],
        timestamp: bytes | None,
        changed: set[tuple[str, str]],
    ) -> list[str]:
        """Enter the scores, as nbgrader's ``Autograde`` and ``SaveAutoGrades`` do, without committing."""
        submission, notes = self._submission(result.group, timestamp)
        results = {(cell.notebook, cell.grade_id): cell for cell in result.cells}
        submitted = {
            notebook.notebook_id: notebook
            for notebook in self._rows(SubmittedNotebook, SubmittedNotebook.assignment_id, submission.id)
        }
        for notebook in self.notebooks:
            row = submitted.get(notebook.id) or self._added(
                SubmittedNotebook(notebook_id=notebook.id, assignment_id=submission.id)
            )
            self._enter_grades(notebook, row, results, changed if notebook.name in notebooks else set())
            self._enter_comments(notebook, row, _unanswered(notebooks.get(notebook.name)))
            handed_in = notebook.name in notebooks and notebook.name not in result.not_handed_in
            self._penalties.enter(self._session, submission, row, handed_in=handed_in)
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
        submission = self.find_submission(group)
        if submission is None:
            submission = self._added(SubmittedAssignment(assignment_id=self._assignment_id, student_id=group))
            if seconds := extension_seconds(read_decisions(self._sheet, group)):
                submission.extension = timedelta(seconds=seconds)
        handed_in, notes = parse_timestamp(timestamp)
        if handed_in is not None:
            submission.timestamp = handed_in
        return submission, notes

    def find_submission(self, group: str) -> SubmittedAssignment | None:
        """Return the row of what a group has handed in, if there is one."""
        query = select(SubmittedAssignment).filter_by(assignment_id=self._assignment_id, student_id=group)
        return self._session.scalars(query).one_or_none()

    def _enter_grades(
        self,
        notebook: SheetNotebook,
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

    def _enter_comments(self, notebook: SheetNotebook, row: SubmittedNotebook, unanswered: set[str]) -> None:
        comments = {comment.cell_id: comment for comment in self._rows(Comment, Comment.notebook_id, row.id)}
        for name, cell_id in notebook.commented.items():
            comment = comments.get(cell_id) or self._add(Comment(cell_id=cell_id, notebook_id=row.id))
            comment.auto_comment = NO_RESPONSE if name in unanswered else None

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


def _structure(gradebook: Gradebook, sheet: Sheet) -> tuple[str, tuple[SheetNotebook, ...]]:
    try:
        assignment: Assignment = gradebook.find_assignment(sheet.name)
    except MissingEntry:
        raise GradebookError(
            f"the gradebook does not know the sheet {sheet.name}; run: sheetgrader release {sheet.name}"
        ) from None
    notebooks = tuple(
        SheetNotebook(
            id=notebook.id,
            name=notebook.name,
            graded={cell.name: cell.id for cell in (*notebook.grade_cells, *notebook.task_cells)},
            commented={cell.name: cell.id for cell in (*notebook.solution_cells, *notebook.task_cells)},
        )
        for notebook in assignment.notebooks
    )
    return assignment.id, notebooks


def parse_timestamp(content: bytes | None) -> tuple[datetime | None, list[str]]:
    """Return when something was handed in, by the file beside it, and a sentence where that holds no time."""
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
