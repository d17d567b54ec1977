"""What the marking page asks for and what it says, in its own words: between the page and the marking of a sheet."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import nbformat

from sheetgrader.course.questions import facts, grade_id
from sheetgrader.course.regions import CourseDelimiters
from sheetgrader.course.source import read_notebook
from sheetgrader.errors import CourseError, MarkingError
from sheetgrader.grading.hiding import without_hidden
from sheetgrader.marking import changing, comments
from sheetgrader.marking.checking import check
from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import (
    AnswerToMark,
    Conflict,
    Given,
    KeptComment,
    QuestionToMark,
    RubricPreview,
)
from sheetgrader.marking.rubrics import Rubric
from sheetgrader.report.marking_page.blindness import without_groups
from sheetgrader.report.marking_page.payload import (
    BecameOfMark,
    NewComment,
    NewMark,
    NewMarker,
    NewRubric,
    ShownAnswer,
    ShownChange,
    ShownPreview,
    ShownSheet,
    UndoneMarks,
    WantedLook,
    is_listed,
    items_of,
    question_id,
    shown_answer,
    shown_question,
)
from sheetgrader.report.marking_page.rendered import RenderedAnswers
from sheetgrader.report.marking_page.scanned import ScannedPages, has_scans
from sheetgrader.report.questions import questions
from sheetgrader.report.words import number

#: Previews that may still be applied.
_MOST_PREVIEWS: Final = 20
_KeyOfQuestion = tuple[str, str]

_log: Final = logging.getLogger(__name__)


class Desk:
    """The desk of one marker of one sheet; may be used from several threads."""

    def __init__(
        self, marking: Marking, rendered: RenderedAnswers, scanned: ScannedPages, markers: Sequence[str] = ()
    ) -> None:
        """Nothing is read yet.

        Args:
            marking: of the sheet, in the marker's name.
            rendered: makes documents of answers.
            scanned: makes documents of scans.
            markers: who shares the work; each sees the own share as theirs.
        """
        self._marking = marking
        self._rendered = rendered
        self._scanned = scanned
        #: What each group's scans are called; empty where it has none.
        self._scans: dict[str, str] = {}
        self._markers = markers
        self._numbers: dict[str, int] = {}
        self._previews: OrderedDict[str, RubricPreview] = OrderedDict()
        #: Sentences that name a group, each told once where the server was started.
        self._told: set[str] = set()

    def blind(self, sentence: str) -> str:
        """Return a sentence as the page may show it; where it names a group, all of it is told to whoever runs the
        server.
        """
        course = self._marking.sheet.course
        groups = course.students(course.coursedir.autograded_directory, self._marking.sheet.name)
        shown = without_groups(sentence, groups)
        if shown != sentence and sentence not in self._told:
            self._told.add(sentence)
            _log.error("%s", sentence)
        return shown

    def sheet(self) -> ShownSheet:
        """Return what the page begins with.

        Raises:
            SheetgraderError: something of it cannot be read.
        """
        asked = self._questions()
        html = self._rendered.texts(item.text for question in asked.values() for item in question.rubric.all_items())
        progress = {(one.notebook, one.grade_id): one for one in self._marking.progress().questions}
        several = len({question.notebook for question in asked.values()}) > 1
        sheet = self._marking.sheet
        return ShownSheet(
            name=sheet.name,
            title=(sheet.regulations.title if sheet.regulations else "") or sheet.name,
            marker=self._marking.by,
            questions=tuple(
                shown_question(question, progress.get(question.key), html, has_several_notebooks=several)
                for question in asked.values()
                if is_listed(question, progress.get(question.key))
            ),
            comments=comments.kept_comments(self._marking),
            remarks=tuple(map(self.blind, self._marking.remarks())),
        )

    def answers(self, question: str) -> tuple[ShownAnswer, ...]:
        """Return the answers to a question, in their order.

        Raises:
            SheetgraderError: there is no such question, or something cannot be read.
        """
        found = self._marking.answers(*self._key(question))
        # Groups hand in again.
        self._scans.clear()
        self._numbers.update({answer.id: place for place, answer in enumerate(found, start=1)})
        return tuple(map(self._shown, found))

    def content(self, answer: str) -> str:
        """Return an answer as a document of its own.

        Raises:
            SheetgraderError: there is no such answer, or no document can be made.
        """
        return self._rendered.document(self._marking.cells(answer), self._marking.answer(answer).verdict)

    def scans(self, answer: str) -> str:
        """Return the scans of whoever gave an answer as a document of its own.

        Raises:
            SheetgraderError: there is no such answer, or no document can be made.
        """
        return self._scanned.document(self._marking.sheet, self._marking.answer(answer).group)

    def asked(self, question: str) -> str:
        """Return what is asked as a document of its own.

        Raises:
            SheetgraderError: there is no such question, or the source cannot be read.
        """
        notebook, name = self._key(question)
        outline = self._outline(notebook)
        delimiters = CourseDelimiters.of(self._marking.sheet.course.config)
        secrets = [(kind.begin, kind.end) for kind in (delimiters.hidden_tests, delimiters.mark_scheme)]
        cells = []
        for found in questions(outline, {}, {}):
            if not any(grade_id(cell) == name for cell in found.cells):
                continue
            for cell in found.cells:
                if cell.cell_type != "markdown" or facts(cell).get("solution"):
                    continue
                source = cell.source
                for marks in secrets:
                    source = without_hidden(source, marks)
                cells.append({"cell_type": "markdown", "source": source, "attachments": cell.get("attachments", {})})
        return self._rendered.document(cells, is_question=True)

    def give(self, new: NewMark) -> tuple[BecameOfMark, ...]:
        """Give a mark to one answer or several, each by itself.

        Raises:
            SheetgraderError: the marks cannot be written.
        """
        seen = [(answer.id, answer.version) for answer in new.answers]
        try:
            results = self._marking.give_many(seen, new.mark())
        except MarkingError as error:
            return tuple(
                BecameOfMark(id=answer, became="refused", sentence=self.blind(str(error))) for answer, _ in seen
            )
        return tuple(map(self._became, results))

    def undo(self, undone: UndoneMarks) -> tuple[BecameOfMark, ...]:
        """Take marks back, each by itself.

        Raises:
            SheetgraderError: they cannot be written.
        """
        results = []
        for answer in undone.answers:
            try:
                results.append(self._became(self._marking.undo(answer.id, answer.version)))
            except MarkingError as error:
                results.append(BecameOfMark(id=answer.id, became="refused", sentence=self.blind(str(error))))
        return tuple(results)

    def second_look(self, wanted: WantedLook) -> ShownAnswer:
        """Ask for a second look, or not any more."""
        return self._shown(self._marking.second_look(wanted.answer, is_wanted=wanted.is_wanted, why=wanted.why.strip()))

    def hand_over(self, new: NewMarker) -> ShownAnswer:
        """Let another marker mark an answer."""
        return self._shown(self._marking.hand_over(new.answer, new.to.strip()))

    def comment(self, new: NewComment) -> tuple[KeptComment, ...]:
        """Keep a comment, or reword one for all marks that hold it; return all of them."""
        if new.id:
            comments.change_comment(self._marking, new.id, new.text.strip())
        else:
            comments.keep_comment(self._marking, new.text.strip())
        return comments.kept_comments(self._marking)

    def preview(self, new: NewRubric) -> ShownPreview:
        """Return what a changed rubric does; nothing is written."""
        return self._shown_preview(changing.preview(self._marking, self._rubric(new)))

    def change(self, new: NewRubric) -> ShownPreview:
        """Let a changed rubric rule that was looked at; what is returned has a sentence where it does not.

        Raises:
            MarkingError: nobody has looked at what it does.
        """
        shown = self._previews.get(new.token)
        if shown is None or shown.rubric != self._rubric(new):
            raise MarkingError("look at what changes first, then apply it")
        now = changing.apply(self._marking, shown)
        if now is None:
            return ShownPreview(token="", changes=(), unchanged=0)
        return self._shown_preview(now, "Marks have changed since you looked: this is what would change now.")

    @cached_property
    def _outlines(self) -> dict[str, nbformat.NotebookNode]:
        found = {}
        for name, path in self._marking.sheet.source_notebooks().items():
            try:
                found[name] = read_notebook(path).notebook
            except CourseError:
                found[name] = nbformat.v4.new_notebook()
        return found

    def _outline(self, notebook: str) -> nbformat.NotebookNode:
        return self._outlines.get(notebook) or nbformat.v4.new_notebook()

    def _questions(self) -> dict[str, QuestionToMark]:
        return {question_id(question): question for question in self._marking.questions()}

    def _key(self, question: str) -> _KeyOfQuestion:
        found = self._questions().get(question)
        if found is None:
            raise MarkingError(f"{self._marking.sheet.name} has no question {question}; load the page again")
        return found.key

    def _rubric(self, new: NewRubric) -> Rubric:
        question = self._questions().get(new.question)
        if question is None:
            raise MarkingError(f"{self._marking.sheet.name} has no question {new.question}; load the page again")
        try:
            items = items_of(new.items)
        except ValueError as error:
            raise MarkingError(str(error)) from None
        return Rubric(
            notebook=question.notebook, grade_id=question.grade_id, max_points=question.max_points, items=items
        )

    def _number(self, answer: AnswerToMark) -> int:
        if answer.id not in self._numbers:
            self.answers(f"{answer.notebook}/{answer.grade_id}")
        return self._numbers.get(answer.id, 0)

    @cached_property
    def _share(self) -> frozenset[str] | None:
        if self._marking.by not in self._markers:
            return None
        return frozenset(self._marking.shares(self._markers)[self._marking.by])

    def _shown(self, answer: AnswerToMark) -> ShownAnswer:
        is_mine = self._share is None or answer.id in self._share
        return shown_answer(answer, self._number(answer), is_mine=is_mine, scans=self._scans_of(answer.group))

    def _scans_of(self, group: str) -> str:
        # Another request may empty it at any moment.
        found = self._scans.get(group)
        if found is None:
            found = self._marking.identities.folder(group) if has_scans(self._marking.sheet, group) else ""
            self._scans[group] = found
        return found

    def _became(self, result: Given | Conflict) -> BecameOfMark:
        answer = self._shown(result.answer)
        if isinstance(result, Given):
            return BecameOfMark(id=answer.id, became="given", answer=answer)
        return BecameOfMark(id=answer.id, became="conflict", answer=answer, sentence=_conflict(result, answer.number))

    def _shown_preview(self, preview: RubricPreview, sentence: str = "") -> ShownPreview:
        self._previews[preview.version] = preview
        while len(self._previews) > _MOST_PREVIEWS:
            self._previews.popitem(last=False)
        self.answers(f"{preview.rubric.notebook}/{preview.rubric.grade_id}")
        numbers = self._numbers
        changes = sorted(
            (change for change in preview.changes if change.is_change), key=lambda change: numbers.get(change.answer, 0)
        )
        return ShownPreview(
            token=preview.version,
            changes=tuple(
                ShownChange(
                    id=change.answer,
                    number=numbers.get(change.answer, 0),
                    before=change.points_before,
                    after=change.points_after,
                    remark=_remark(len(change.lost_items), is_limited=change.is_limited),
                )
                for change in changes
            ),
            unchanged=len(preview.changes) - len(changes),
            problems=tuple(problem.text for problem in check(preview.rubric)),
            sentence=sentence,
        )


def _conflict(conflict: Conflict, place: int) -> str:
    if conflict.answer_changed:
        return f"Answer {place} is another since you saw it: look at it again."
    mark = conflict.answer.mark
    if mark is None or mark.points is None:
        return f"The mark of answer {place} was taken back meanwhile; yours is not saved."
    return f"{mark.by} has given answer {place} {number(mark.points)} points meanwhile; yours is not saved."


def _remark(lost: int, *, is_limited: bool) -> str:
    parts = [f"{lost} of its items are gone" if lost > 1 else "one of its items is gone"] if lost else []
    return ", ".join([*parts, *(["its adjustment is made to fit"] if is_limited else [])])
