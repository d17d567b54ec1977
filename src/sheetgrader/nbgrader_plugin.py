"""nbgrader's own ``nbgrader autograde`` with our engine: preprocessors that ``nbgrader_config.py`` puts into its place.

.. code-block:: python

    c.Autograde.autograde_preprocessors = [
        "sheetgrader.nbgrader_plugin.Execute",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "sheetgrader.nbgrader_plugin.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]

Student code runs in the sandbox, hidden graders judge it, and their verdicts become outputs from which nbgrader
computes the same scores as ``sheetgrader grade``.

``c.ExportApp.plugin_class = "sheetgrader.nbgrader_plugin.CsvExport"`` lets ``nbgrader export`` write tables in which no
text is a formula, and in which settled groups have the score that counts.
"""

from __future__ import annotations

import atexit
import csv
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader import plugins, preprocessors
from nbgrader.api import Gradebook, MissingEntry

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.course.regions import CourseDelimiters
from sheetgrader.course.settings import Sheetgrader
from sheetgrader.course.submissions import read_submission
from sheetgrader.errors import SheetgraderError
from sheetgrader.grading.hiding import hide_tests
from sheetgrader.grading.preparation import check_language
from sheetgrader.grading.session import References
from sheetgrader.grading.worker import grade_submission
from sheetgrader.kernels.launcher import Zygote, ZygoteConnection
from sheetgrader.report.spreadsheets import as_text
from sheetgrader.results import CellResult, Outcome, SubmissionResult
from sheetgrader.sandbox.limits import Isolation
from sheetgrader.store.database import read_source_cells
from sheetgrader.store.decisions import Settled, read_all_decisions
from sheetgrader.store.material import Material, make_item, sheet_material
from sheetgrader.store.standings import read_standings

Resources = dict[str, Any]
_RESULT = "sheetgrader_result"


class Execute(preprocessors.Execute):  # type: ignore[misc] # nbgrader ships no types
    """Runs a submitted notebook in the sandbox and has the sheet's graders judge it."""

    def preprocess(self, nb: NotebookNode, resources: Resources, km: object = None) -> tuple[NotebookNode, Resources]:
        """Return the notebook with its outputs and the graders' verdicts.

        Raises:
            SheetgraderError: it cannot be graded; nbgrader reports it and goes on with the next submission.
        """
        names = resources["nbgrader"]
        check_language(nb)
        converter = self.parent.parent
        if converter not in _courses:
            # With all that the command line says, which stands in no file.
            _courses[converter] = _OpenCourse(Course(Path(converter.coursedir.root), self.config))
        course = _courses[converter]
        sheet, material = course.sheet(names["assignment"])
        engine = _engine(sheet.course.settings)
        handed_in = read_submission(sheet, names["student"])
        files = {path: content for path, content in handed_in.files.items() if not path.endswith(".ipynb")}
        item = make_item(
            sheet,
            names["student"],
            material,
            {names["notebook"]: nbformat.writes(nb).encode("utf-8", "replace")},
            files,
        )
        item = msgspec.structs.replace(
            item, notebooks=tuple(notebook for notebook in item.notebooks if notebook.name == names["notebook"])
        )
        graded = grade_submission(item, engine.connection, engine.references)
        _report(self.log, graded.result)
        resources[_RESULT] = graded.result
        # What nbconvert writes beside a notebook.
        resources.setdefault("outputs", {}).update(graded.written)
        return nbformat.reads(graded.notebooks[0].content.decode("utf-8"), as_version=4), resources


class CutHiddenTests(preprocessors.NbGraderPreprocessor):  # type: ignore[misc] # nbgrader ships no types
    """Cuts hidden tests out of what ``nbgrader generate_feedback`` writes, told by the instructor's cells in the
    gradebook, where ``c.Sheetgrader.keep_hidden_tests`` leaves them in ``autograded/``.

    .. code-block:: python

        c.GenerateFeedback.preprocessors = [
            "nbgrader.preprocessors.GetGrades",
            "sheetgrader.nbgrader_plugin.CutHiddenTests",
            "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        ]
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook as students may read it."""
        names = resources["nbgrader"]
        delimiters = CourseDelimiters.of(self.config).hidden_tests
        with Gradebook(names["db_url"]) as gradebook:
            cells = (read_source_cells(gradebook, names["assignment"]) or {}).get(names["notebook"], (None, ()))[1]
        hide_tests(nb, cells, (delimiters.begin, delimiters.end))
        return nb, resources


class SaveAutoGrades(preprocessors.SaveAutoGrades):  # type: ignore[misc] # nbgrader ships no types
    """Saves scores as nbgrader does; a cell that could not be judged waits for a human instead of getting all points
    for having no output.
    """

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        super()._add_score(cell, resources)
        result = _result_of(cell, resources.get(_RESULT))
        if result is not None and result.outcome is Outcome.NOT_JUDGED:
            grade = self.gradebook.find_grade(result.grade_id, self.notebook_id, self.assignment_id, self.student_id)
            grade.auto_score = None
            grade.needs_manual_grade = True
            self.gradebook.db.commit()


class CsvExport(plugins.ExportPlugin):  # type: ignore[misc] # nbgrader ships no types
    """Writes the table of nbgrader's own exporter; a text that a spreadsheet would run as a formula stays a text, and
    the score of a settled group is what counts: nothing, or no score at all.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write one row for each student and assignment, as far as they were asked for."""
        path = Path(self.to or "grades.csv")
        try:
            rows = list(self._rows(gradebook))
        except SheetgraderError as error:
            # A table without what was settled would have wrong scores.
            self.log.error("%s; nothing is exported", error)  # noqa: TRY400 # a sentence says it all
            sys.exit(error.exit_code)
        self.log.info("Exporting grades to %s", path)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(_COLUMNS)
            for row in rows:
                table.writerow([as_text(value) if isinstance(value, str) else value for value in row])

    def _rows(self, gradebook: Gradebook) -> Iterator[Sequence[object]]:
        assignments, students = set(map(str, self.assignment)), set(map(str, self.student))
        settled_groups = 0
        for assignment in gradebook.assignments:
            if assignments and assignment.name not in assignments:
                continue
            settled = self._settled(assignment.name)
            for student in gradebook.students:
                if students and student.id not in students:
                    continue
                timestamp, raw, penalty = None, 0.0, 0.0
                try:
                    submission = gradebook.find_submission(assignment.name, student.id)
                except MissingEntry:
                    pass
                else:
                    timestamp, raw, penalty = submission.timestamp, submission.score, submission.late_submission_penalty
                score: float | None = max(0.0, raw - (penalty or 0.0))
                if student.id in settled:
                    settled_groups += 1
                    score = settled[student.id]
                who = (student.id, student.last_name, student.first_name, student.email)
                yield assignment.name, assignment.duedate, timestamp, *who, raw, penalty, score, assignment.max_score
        if settled_groups:
            self.log.warning(
                "%s of the scores are what was settled: 0, or none where excused or awaited; raw_score is as it was",
                settled_groups,
            )

    def _settled(self, assignment: str) -> dict[str, float | None]:
        """Return what counts for the groups that are settled.

        Raises:
            SheetgraderError: what was decided cannot be read.
        """
        if self.parent is None:
            return {}
        course = Course.load(Path(self.parent.coursedir.root))
        if assignment not in course.sheets():
            return {}
        sheet = course.sheet(assignment)
        settled = [
            group
            for group, decisions in read_all_decisions(sheet).items()
            if any(isinstance(decision, Settled) for decision in decisions)
        ]
        # These are few, and what they have handed in has to be read.
        standings = read_standings(sheet, settled) if settled else {}
        return {group: one.final for group, one in standings.items() if one.settled is not None}


#: Those of nbgrader's own exporter.
_COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


class _OpenCourse:
    """A course, and what the submissions of its sheets have in common."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._materials: dict[str, Material] = {}

    def sheet(self, name: str) -> tuple[Sheet, Material]:
        sheet = self._course.sheet(name)
        if name not in self._materials:
            self._materials[name] = sheet_material(sheet)
        return sheet, self._materials[name]


class _Engine:
    """One warm process for all submissions that this process grades."""

    def __init__(self, preload: Sequence[str], isolation: Isolation) -> None:
        self._zygote = Zygote.start(preload=preload, isolation=isolation)
        atexit.register(self.close)
        self._zygote.wait_ready()
        self.connection = ZygoteConnection(self._zygote.address)
        self.references = References(self.connection)

    def close(self) -> None:
        self.references.close()
        self.connection.close()
        self._zygote.close()


#: By the run of a command; the formgrader's process goes on to the next one, before which the course may change.
_courses: WeakKeyDictionary[Any, _OpenCourse] = WeakKeyDictionary()
#: By what they import and how they are kept apart.
_engines: dict[tuple[object, ...], _Engine] = {}


def _engine(settings: Sheetgrader) -> _Engine:
    key = (*settings.preload, settings.isolation)
    if key not in _engines:
        _engines[key] = _Engine(settings.preload, Isolation(settings.isolation))
    return _engines[key]


def _result_of(cell: NotebookNode, result: SubmissionResult | None) -> CellResult | None:
    grade_id = cell.metadata.nbgrader["grade_id"]
    return next((found for found in result.cells if found.grade_id == grade_id), None) if result is not None else None


def _report(log: logging.Logger, result: SubmissionResult) -> None:
    for note in (*result.notes, *((result.error,) if result.error else ())):
        log.warning("%s: %s", result.group, note)
