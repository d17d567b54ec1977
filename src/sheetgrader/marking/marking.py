"""The marking of one sheet, in somebody's name: answers, the marks they have, and giving them others."""

from __future__ import annotations

from collections.abc import Sequence

from sheetgrader.course.directory import Sheet
from sheetgrader.marking.model import (
    AnswerCell,
    AnswerToMark,
    Conflict,
    Given,
    Mark,
    QuestionToMark,
    SheetProgress,
)


class Marking:
    """Marks one sheet in somebody's name; may be used from several threads, and beside others in other processes."""

    def __init__(self, sheet: Sheet, *, by: str) -> None:
        """Prepare it.

        Args:
            sheet: which sheet.
            by: who marks.

        Raises:
            MarkingError: nobody can be called so.
            GradebookError: the gradebook cannot be read, or does not know the sheet.
            CourseError: the sheet, its rubric, or what was decided cannot be read.
        """
        self.sheet = sheet
        self.by = by

    def questions(self) -> tuple[QuestionToMark, ...]:
        """Return all cells with points, in the sheet's order."""
        raise NotImplementedError

    def answers(self, notebook: str, grade_id: str) -> tuple[AnswerToMark, ...]:
        """Return all answers to one question, in a random order that stays the same."""
        raise NotImplementedError

    def answer(self, answer_id: str) -> AnswerToMark:
        """Return one answer as it is now."""
        raise NotImplementedError

    def cells(self, answer_id: str) -> tuple[AnswerCell, ...]:
        """Return the cells that are an answer, with their outputs and attachments; all of it is the student's."""
        raise NotImplementedError

    def give(self, answer_id: str, mark: Mark, version: str) -> Given | Conflict:
        """Give an answer a mark, in the marking folder and in the gradebook.

        Raises:
            MarkingError: no such mark can be given.
        """
        raise NotImplementedError

    def give_many(self, answers: Sequence[tuple[str, str]], mark: Mark) -> tuple[Given | Conflict, ...]:
        """Give several answers, each with the version that was seen, the same mark; each as :meth:`give` does."""
        raise NotImplementedError

    def undo(self, answer_id: str, version: str) -> Given | Conflict:
        """Take the present mark of an answer back: what was before counts again.

        Raises:
            MarkingError: nothing was given here that could be taken back.
        """
        raise NotImplementedError

    def second_look(self, answer_id: str, *, is_wanted: bool, why: str = "") -> AnswerToMark:
        """Ask for a second look at an answer, or not any more."""
        raise NotImplementedError

    def hand_over(self, answer_id: str, to: str, why: str = "") -> AnswerToMark:
        """Let another marker mark an answer; nobody in particular, where ``to`` is empty."""
        raise NotImplementedError

    def progress(self) -> SheetProgress:
        """Return how far the marking is."""
        raise NotImplementedError

    def shares(self, markers: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return which answers, by id, each of several markers marks: about as many each, clusters in one hand, always
        the same.
        """
        raise NotImplementedError

    def remarks(self) -> tuple[str, ...]:
        """Return what could not be read, one sentence each."""
        raise NotImplementedError

    def put_right(self) -> int:
        """Enter in the gradebook what was given and never got there; return how many marks."""
        raise NotImplementedError
