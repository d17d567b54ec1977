"""The store: results into nbgrader's own database and ``autograded/``, final scores back out of it."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode
from nbgrader.api import (
    Gradebook,
)
from nbgrader.converters.autograde import Autograde

from sheetgrader.course.directory import Sheet, nbgrader_log
from sheetgrader.course.staging import recover, swap_in, write_folder
from sheetgrader.course.submissions import TIMESTAMP_FILE
from sheetgrader.errors import GradebookError, SubmissionError
from sheetgrader.grading.attachments import mend_attachments
from sheetgrader.grading.hiding import hide_tests
from sheetgrader.grading.inert import make_inert
from sheetgrader.grading.preparation import prepare
from sheetgrader.grading.sheet_cells import blank_notebook
from sheetgrader.items import GradedSubmission, NotebookWork, WorkItem
from sheetgrader.results import LookAgain, SubmissionResult
from sheetgrader.store.answers import answers
from sheetgrader.store.database import open_gradebook, telling_database_errors
from sheetgrader.store.decisions import (
    Extended,
    add_decisions,
    extension_seconds,
    now,
    read_all_decisions,
)
from sheetgrader.store.final_scores import FinalScore, read_scores
from sheetgrader.store.kept_curves import keep_curves
from sheetgrader.store.kept_results import CellChange, changes, keep_result
from sheetgrader.store.looking_again import looks_again
from sheetgrader.store.penalties import LatePenalties
from sheetgrader.store.sheet_rows import SheetRows, parse_timestamp


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


class GradebookWriter:
    """Records graded submissions of one sheet."""

    def __init__(self, sheet: Sheet, gradebook: Gradebook, *, dry_run: bool) -> None:
        """Use :func:`gradebook_writer`."""
        self._sheet = sheet
        self._session: Any = gradebook.db
        autograde = Autograde(coursedir=sheet.course.coursedir, config=sheet.course.config, log=nbgrader_log)
        self._file_mode = int(str(autograde.permissions), 8)
        self._penalties = LatePenalties(sheet, autograde)
        self._rows = SheetRows(sheet, gradebook, self._penalties, create_students=autograde.create_student)
        self._rows.keep_to_deadline()
        #: What the gradebook says of each group, as it was when grading began or recorded since.
        self._scores = read_scores(self._session, sheet.name)
        if dry_run:
            self._session.rollback()
        else:
            self._session.commit()
            self._keep_extensions()

    def _keep_extensions(self) -> None:
        """Write down the extensions that others have given in the gradebook since one was decided on last.

        Where the gradebook has none, it was never told of what was decided: its row is newer, or the decision came with
        another folder's lines. ``settle --extension 0`` takes one back.
        """
        decisions = read_all_decisions(self._sheet)
        for group, score in list(self._scores.items()):
            decided = extension_seconds(decisions.get(group, ()))
            if decided and not score.extension_seconds:
                self.extend(group, decided)
            elif score.extension_seconds != (decided or 0.0):
                given = Extended(
                    by="the gradebook", when=now(), why="It was given there.", seconds=score.extension_seconds
                )
                add_decisions(self._sheet, group, [given])

    def score(self, group: str) -> FinalScore | None:
        """Return what the gradebook says of a group now; None where it knows of nothing handed in."""
        with telling_database_errors(self._sheet.course.db_url):
            return read_scores(self._session, self._sheet.name, group=group, with_comments=False).get(group)

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
        handed_in, _ = parse_timestamp(timestamp)
        if handed_in is not None and handed_in != score.timestamp:
            return False
        folder = self._sheet.autograded_folder(earlier.group)
        expected = sum(
            self._penalties.of(earlier.group, score.points_in(notebook.name), score.seconds_late) or 0.0
            for notebook in self._rows.notebooks
            if score.seconds_late > 0
            and notebook.name not in earlier.not_handed_in
            and (folder / f"{notebook.name}.ipynb").is_file()
        )
        return math.isclose(expected, score.late_penalty, abs_tol=1e-9)

    def put_right(self, earlier: SubmissionResult, timestamp: bytes | None) -> None:
        """Enter the result ``earlier`` once more, and the penalty that follows from the facts; nothing is run.

        Raises:
            GradebookError: the gradebook cannot be written; it is as it was before.
        """
        folder = self._sheet.autograded_folder(earlier.group)
        paths = {notebook.name: folder / f"{notebook.name}.ipynb" for notebook in self._rows.notebooks}
        try:
            with telling_database_errors(self._sheet.course.db_url):
                notebooks = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
                self._rows.hold(earlier.group)
                self._rows.enter(earlier, notebooks, timestamp, set())
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
                submission = self._rows.find_submission(group)
                if submission is not None:
                    submission.extension = timedelta(seconds=seconds) if seconds else None
                    self._session.commit()
                    if (score := self.score(group)) is not None:
                        self._scores[group] = score
        finally:
            self._session.rollback()

    def name_students(self, names: Mapping[str, tuple[str, str]]) -> None:
        """Enter first and last names, by group, of those of whom the gradebook has neither.

        Raises:
            GradebookError: the gradebook cannot be written; it is as it was before.
        """
        try:
            with telling_database_errors(self._sheet.course.db_url):
                self._rows.name_students(names)
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
                self._rows.hold(group)
                self._rows.confirm(group, cells)
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
        missing = () if item is None else tuple(work.name for work in item.notebooks if work.submitted is None)
        found = msgspec.structs.replace(graded.result, not_handed_in=missing)
        try:
            with telling_database_errors(self._sheet.course.db_url):
                recover(folder)
                notebooks = _notebooks(graded, item)
                # Whoever marks either comes first, and the mark is looked at here, or sees the new answer.
                self._rows.hold(found.group)
                looks = self._looks(found, earlier, folder, notebooks)
                files = {} if item is None else item.files
                finished = write_folder(
                    folder,
                    {**graded.written, **files, **{f"{name}.ipynb": content for name, content in notebooks.items()}},
                    mode=self._file_mode,
                )
                if self._sheet.course.coursedir.groupshared:
                    _share(finished)
                with swap_in(finished, folder):
                    changed = {(look.notebook, look.grade_id) for look in looks}
                    notes = self._rows.enter(found, notebooks, files.get(TIMESTAMP_FILE), changed)
                    self._session.commit()
            result = msgspec.structs.replace(
                found,
                notes=(*found.notes, *notes),
                look_again=looks,
                stages=msgspec.structs.replace(graded.result.stages, record=time.perf_counter() - started),
            )
            keep_curves(self._sheet, result.group, graded.drawn)
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
        marked = self._rows.marked(result.group)
        if not marked:
            return ()
        is_same = earlier is not None and bool(result.digest) and earlier.digest == result.digest
        other_answers = set()
        for notebook in self._rows.notebooks:
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
    hide_tests(notebook, work.source_cells, item.hidden_test_delimiters, keeps=item.keeps_hidden_tests)
    return notebook


def _share(folder: Path) -> None:
    for parent in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        parent.chmod(parent.stat().st_mode | 0o2770)
