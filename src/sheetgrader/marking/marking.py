"""The marking of one sheet, in somebody's name: answers, the marks they have, and giving them others."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sheetgrader.course.directory import Sheet
from sheetgrader.course.secret import course_secret
from sheetgrader.errors import MarkingError
from sheetgrader.marking.answer_index import AnswerIndex, CellKey, IndexedAnswer, file_stamp
from sheetgrader.marking.checks import checked_name, checked_points, checked_text
from sheetgrader.marking.comment_bank import bank_file, read_bank
from sheetgrader.marking.grouping import EMPTY, text_groups, verdict_group
from sheetgrader.marking.history import History, is_of_gradebook, is_of_other_answer, mark_of
from sheetgrader.marking.identity import Identities
from sheetgrader.marking.kept_histories import KeptHistories
from sheetgrader.marking.model import (
    AnswerCell,
    AnswerToMark,
    Conflict,
    Given,
    Mark,
    QuestionKind,
    QuestionToMark,
    SheetProgress,
)
from sheetgrader.marking.present import Present, present
from sheetgrader.marking.progress import Counted, count
from sheetgrader.marking.rubric_file import read_rubrics, rubric_file
from sheetgrader.marking.rubrics import Rubric
from sheetgrader.marking.sheet_questions import read_questions, with_rubrics
from sheetgrader.marking.writing import Request, Writing, not_recorded
from sheetgrader.store.decisions import HandedOver, Marked, SecondLook, Unmarked, add_decisions, now
from sheetgrader.store.marks import MarkRow, MarksInGradebook

#: More answers than this are read together.
_MANY: Final = 8
#: Groups that a sentence names.
_MOST_SHOWN: Final = 10
#: When something was given that never was.
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


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
        self.by = checked_name(by)
        self._lock = threading.RLock()
        self._rubrics: tuple[str, dict[CellKey, Rubric]] = ("", {})
        self._fixed = read_questions(sheet)
        self.identities = Identities(course_secret(sheet.course.private_folder), sheet.name)
        self._index = AnswerIndex(sheet, self._fixed.indexed)
        self._gradebook = MarksInGradebook(sheet, self._fixed.comment_cells)
        self._histories = KeptHistories(sheet)
        #: Which question and group an answer is of, by its id.
        self._answers: dict[str, tuple[CellKey, str]] = {}
        #: Of each question's wordings, how they are grouped.
        self._groups: dict[CellKey, tuple[frozenset[str], dict[str, str]]] = {}
        self._not_recorded: set[str] = set()

    def questions(self) -> tuple[QuestionToMark, ...]:
        """Return all cells with points, in the sheet's order.

        Raises:
            CourseError: the rubric cannot be read.
        """
        with self._lock:
            return tuple(with_rubrics(self._fixed.all, self._read_rubrics()).values())

    def question(self, notebook: str, grade_id: str) -> QuestionToMark:
        """Return one of them.

        Raises:
            MarkingError: there is none of that name.
            CourseError: the rubric cannot be read.
        """
        found = next((one for one in self.questions() if one.key == (notebook, grade_id)), None)
        if found is None:
            raise MarkingError(f"the sheet {self.sheet.name} has no question {grade_id!r} in {notebook}.ipynb")
        return found

    def answers(self, notebook: str, grade_id: str) -> tuple[AnswerToMark, ...]:
        """Return all answers to one question, in a random order that stays the same. What was given and never got into
        the gradebook is entered there first.

        Raises:
            MarkingError: there is no such question.
            GradebookError: the gradebook cannot be used.
            CourseError: the rubric, or what was decided cannot be read.
        """
        with self._lock:
            question = self.question(notebook, grade_id)
            indexed = self._index.answers(question.key)
            kept = read_bank(self.sheet)
            rows = self._read_rows(question)
            self._not_recorded |= indexed.keys() - rows.keys()
            indexed = {group: answer for group, answer in indexed.items() if group in rows}
            places = {group: self._present(rows[group], indexed[group].digest, question, kept) for group in indexed}
            untold = {group for group, place in places.items() if place.is_untold}
            if untold:
                self._writing().tell({(group, question.key) for group in untold})
                rows = self._read_rows(question)
                told = {group: self._present(rows[group], indexed[group].digest, question, kept) for group in untold}
                places |= told
            self._group(question, indexed)
            return tuple(
                self._assembled(question, rows[group], indexed[group], places[group])
                for group in self.identities.in_order(question.key, places)
            )

    def answer(self, answer_id: str) -> AnswerToMark:
        """Return one answer as it is now.

        Raises:
            MarkingError: there is none of that id.
        """
        with self._lock:
            cell, group = self.place(answer_id)
            question = self.question(*cell)
            indexed = self._index.answer(cell, group)
            row = self._gradebook.read(cell=cell, group=group).get((group, cell))
            if indexed is None or row is None:
                raise self._unknown(answer_id)
            if cell not in self._groups or indexed.wording.digest not in self._groups[cell][0]:
                self._group(question, self._index.answers(cell))
            place = self._present(row, indexed.digest, question, read_bank(self.sheet))
            return self._assembled(question, row, indexed, place)

    def place(self, answer_id: str) -> tuple[CellKey, str]:
        """Return the question and the group that an answer is of.

        Raises:
            MarkingError: there is none of that id.
        """
        with self._lock:
            if answer_id not in self._answers:
                for group, digests in self._index.digests().items():
                    for cell in digests:
                        self._answers[self.identities.answer(cell, group)] = (cell, group)
            if answer_id not in self._answers:
                raise self._unknown(answer_id)
            return self._answers[answer_id]

    def cells(self, answer_id: str) -> tuple[AnswerCell, ...]:
        """Return the cells that are an answer, with their outputs and attachments; all of it is the student's.

        Raises:
            MarkingError: there is none of that id.
        """
        return tuple(self._index.cells(*self.place(answer_id)))

    def give(self, answer_id: str, mark: Mark, version: str) -> Given | Conflict:
        """Give an answer a mark, in the marking folder and in the gradebook.

        Raises:
            MarkingError: no such mark can be given, or there is no such answer.
            GradebookError: it cannot be written; or it is written in the marking folder alone, and gets into the
                gradebook when it is read the next time.
        """
        return self.give_many([(answer_id, version)], mark)[0]

    def give_many(self, answers: Sequence[tuple[str, str]], mark: Mark) -> tuple[Given | Conflict, ...]:
        """Give several answers, each with the version that was seen, the same mark; each as :meth:`give` does."""
        return self.write([self.request(answer, mark, version) for answer, version in answers])

    def undo(self, answer_id: str, version: str) -> Given | Conflict:
        """Take the present mark of an answer back: what was before counts again.

        Raises:
            MarkingError: nothing was given here that could be taken back, or there is no such answer.
            GradebookError: as of :meth:`give`.
        """
        return self.write([self.request(answer_id, None, version)])[0]

    def request(self, answer_id: str, mark: Mark | None, version: str) -> Request:
        """Return what asks for a mark in the marker's own name; None takes back what is there.

        Raises:
            MarkingError: there is no such answer.
        """
        with self._lock:
            cell, group = self.place(answer_id)
            indexed = self._index.answer(cell, group)
            if indexed is None:
                raise self._unknown(answer_id)
            return Request(
                cell=cell, group=group, digest=indexed.digest, mark=mark, version=version, by=self.by, answer=answer_id
            )

    def write(
        self,
        requests: Sequence[Request],
        *,
        rubric: Rubric | None = None,
        all_or_nothing: bool = False,
        before: Callable[[], None] = lambda: None,
    ) -> tuple[Given | Conflict, ...]:
        """Give or take back several marks in one transaction.

        Args:
            requests: what is to be given to which answers, each answer once.
            rubric: by which they are given, in the place of the one that rules.
            all_or_nothing: write nothing where one of them is a conflict.
            before: called where nothing stands in the way, before anything is written.

        Raises:
            MarkingError: one of them cannot be given, and nothing was written.
            GradebookError: as of :meth:`give`.
        """
        with self._lock:
            rubrics = {} if rubric is None else {(rubric.notebook, rubric.grade_id): rubric}
            written = self._writing(rubrics).write(requests, all_or_nothing=all_or_nothing, before=before)
            # Of many, those of a question are read together.
            cells = {request.cell for request in requests} if len(requests) > _MANY else set()
            found = {answer.id: answer for cell in cells for answer in self.answers(*cell)}
            return tuple(
                _outcome(request, found.get(request.answer) or self.answer(request.answer), is_given=given)
                for request, given in zip(requests, written, strict=True)
            )

    def check(self, answer: AnswerToMark, mark: Mark) -> float:
        """Return the points that a mark would be, without giving it.

        Raises:
            MarkingError: no such mark can be given.
        """
        question = self.question(answer.notebook, answer.grade_id)
        takes_comment = question.key in self._fixed.comment_cells
        return checked_points(question, mark, read_bank(self.sheet), takes_comment=takes_comment)

    def given_at(self, answer_id: str) -> datetime:
        """Return when the mark that counts was given, by the clock of whoever gave it; long ago where there is none."""
        line = self._history(answer_id).counts
        return LONG_AGO if not isinstance(line, Marked) else line.brought or line.when

    def was_brought(self, answer_id: str, by: str, when: datetime) -> bool:
        """Say whether a mark was taken in once that ``by`` had given elsewhere at ``when``, whatever came of it."""
        marks = self._history(answer_id).marks
        return any(isinstance(line, Marked) and (line.by, line.brought) == (by, when) for line in marks)

    def taken_back_at(self, answer_id: str) -> datetime:
        """Return when somebody took the mark back that counted last; long ago where nobody did."""
        marks = self._history(answer_id).marks
        is_taken_back = bool(marks) and isinstance(marks[-1], Unmarked) and not is_of_gradebook(marks[-1])
        return marks[-1].when if is_taken_back else LONG_AGO

    def flagged_at(self, answer_id: str) -> tuple[datetime, datetime]:
        """Return when a second look was last decided about, and handing over; long ago where never."""
        history = self._history(answer_id)
        looked, handed = history.second_look, history.handed_over
        return LONG_AGO if looked is None else looked.when, LONG_AGO if handed is None else handed.when

    def second_look(self, answer_id: str, *, is_wanted: bool, why: str = "", by: str = "") -> AnswerToMark:
        """Ask for a second look at an answer, or not any more; in the name ``by`` where it is given.

        Raises:
            MarkingError: there is no such answer, or ``why`` is no text.
            GradebookError: it cannot be written.
        """
        why = checked_text(why, "the reason")
        (notebook, grade_id), group = self.place(answer_id)
        about = {"notebook": notebook, "grade_id": grade_id}
        line = SecondLook(by=by or self.by, when=now(), why=why, **about, is_wanted=is_wanted)
        add_decisions(self.sheet, group, [line])
        return self.answer(answer_id)

    def hand_over(self, answer_id: str, to: str, why: str = "", by: str = "") -> AnswerToMark:
        """Let another marker mark an answer; nobody in particular, where ``to`` is empty. In the name ``by`` where it
        is given.

        Raises:
            MarkingError: there is no such answer, nobody can be called so, or ``why`` is no text.
            GradebookError: it cannot be written.
        """
        why = checked_text(why, "the reason")
        name = checked_name(to) if to.strip() else ""
        (notebook, grade_id), group = self.place(answer_id)
        about = {"notebook": notebook, "grade_id": grade_id}
        add_decisions(self.sheet, group, [HandedOver(by=by or self.by, when=now(), why=why, **about, to=name)])
        return self.answer(answer_id)

    def progress(self) -> SheetProgress:
        """Return how far the marking is.

        Raises:
            GradebookError: the gradebook cannot be read.
            CourseError: the rubric, or what was decided cannot be read.
        """
        with self._lock:
            questions = {question.key: question for question in self.questions()}
            kept, rows = read_bank(self.sheet), self._gradebook.read()
            counted: dict[CellKey, list[Counted]] = {key: [] for key in questions}
            for group, digests in self._index.digests().items():
                history = self._histories.of_group(group)
                for cell, digest in digests.items():
                    if (row := rows.get((group, cell))) is not None and cell in questions:
                        found = history.get(cell, History())
                        mark = present(row, found, digest, questions[cell].rubric, kept).mark
                        counted[cell].append(
                            Counted(
                                mark=mark,
                                auto_points=row.auto_points,
                                is_second_look_wanted=found.is_second_look_wanted,
                                handed_to=found.handed_to,
                                is_by_hand=questions[cell].kind.is_by_hand,
                            )
                        )
            return SheetProgress(questions=tuple(count(cell, counted[cell]) for cell in questions))

    def shares(self, markers: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return which answers, by id, each of several markers marks: about as many each, clusters in one hand, always
        the same. What was handed over to one of them is theirs.

        Raises:
            MarkingError: nobody can be called so, or two are called the same.
            GradebookError: the gradebook cannot be used.
            CourseError: the rubric, or what was decided cannot be read.
        """
        names = [checked_name(marker) for marker in markers]
        if not names or len(set(names)) < len(names):
            raise MarkingError("a sheet is shared by markers of different names; name each once")
        found: dict[str, list[str]] = {name: [] for name in names}
        for question in self.questions():
            clusters: dict[str, list[str]] = {}
            for answer in self.answers(*question.key):
                if not question.kind.is_by_hand and answer.auto_points is not None:
                    continue
                if answer.handed_to in found:
                    found[answer.handed_to].append(answer.id)
                else:
                    clusters.setdefault(answer.cluster, []).append(answer.id)
            for name, answers in self.identities.shares(question.key, clusters, names).items():
                found[name] += answers
        return {name: tuple(answers) for name, answers in found.items()}

    def marks(self) -> tuple[Mark, ...]:
        """Return all marks that were given here and count, where they are not given over in the gradebook.

        Raises:
            CourseError: what was decided cannot be read.
        """
        with self._lock:
            lines = (
                history.counts for group in self._index.groups() for history in self._histories.of_group(group).values()
            )
            return tuple(mark_of(line) for line in lines if isinstance(line, Marked) and not is_of_gradebook(line))

    def remarks(self) -> tuple[str, ...]:
        """Return what could not be read of what was looked at, one sentence each."""
        with self._lock:
            missing = Counter(one for mark in self.marks() for one in {*mark.comments} - read_bank(self.sheet).keys())
            return (
                *self._index.remarks(),
                *_not_graded(self.sheet, self._index.groups()),
                *(str(not_recorded(self.sheet, one)) for one in sorted(self._not_recorded)),
                *(
                    f"{bank_file(self.sheet)} has no comment {name!r}, which"
                    f" {'a mark holds' if count == 1 else f'{count} marks hold'}; put a copy of the file back: until"
                    " then the gradebook keeps the words that it was told"
                    for name, count in sorted(missing.items())
                ),
            )

    def by_earlier_rubric(self) -> dict[str, int]:
        """Return how many marks have other points than the rubric comes to now, by the cell's name.

        Raises:
            GradebookError: the gradebook cannot be read.
            CourseError: the rubric, or what was decided cannot be read.
        """
        found = ((question.grade_id, question.by_earlier_rubric) for question in self.progress().questions)
        return {grade_id: count for grade_id, count in found if count}

    def put_right(self) -> int:
        """Enter in the gradebook what was given and never got there; return how many marks.

        Raises:
            GradebookError: it cannot be written.
            CourseError: the rubric, or what was decided cannot be read.
        """
        with self._lock:
            untold = {(group, cell) for group, cell, place in self._places() if place.is_untold}
            return self._writing().tell(untold) if untold else 0

    def _places(self) -> Iterator[tuple[str, CellKey, Present]]:
        """Yield where the mark of each answer stands, with its group and cell."""
        questions = {question.key: question for question in self.questions()}
        kept, rows = read_bank(self.sheet), self._gradebook.read()
        for group, digests in self._index.digests().items():
            for cell, digest in digests.items():
                if (row := rows.get((group, cell))) is not None and cell in questions:
                    history = self._histories.of(group, cell)
                    yield group, cell, present(row, history, digest, questions[cell].rubric, kept)

    def _read_rubrics(self) -> dict[CellKey, Rubric]:
        """Return the rubrics that rule, read again only where a file has changed."""
        paths = [rubric_file(self.sheet), *self.sheet.source_notebooks().values()]
        stamp = " ".join(file_stamp(path) for path in paths)
        if self._rubrics[0] != stamp:
            self._rubrics = (stamp, read_rubrics(self.sheet))
        return self._rubrics[1]

    def _present(self, row: MarkRow, digest: str, question: QuestionToMark, kept: Mapping[str, str]) -> Present:
        return present(row, self._histories.of(row.group, question.key), digest, question.rubric, kept)

    def _writing(self, rubrics: Mapping[CellKey, Rubric] | None = None) -> Writing:
        questions = with_rubrics(self._fixed.all, {**self._read_rubrics(), **(rubrics or {})})
        return Writing(self.sheet, self._gradebook, questions, read_bank(self.sheet), self._index.digests_of)

    def _read_rows(self, question: QuestionToMark) -> dict[str, MarkRow]:
        return {group: row for (group, _), row in self._gradebook.read(cell=question.key).items()}

    def _history(self, answer_id: str) -> History:
        cell, group = self.place(answer_id)
        return self._histories.of(group, cell)

    def _group(self, question: QuestionToMark, indexed: Mapping[str, IndexedAnswer]) -> None:
        """Find out which wordings of a question's answers stand together."""
        wordings = frozenset(answer.wording.digest for answer in indexed.values())
        if question.key not in self._groups or self._groups[question.key][0] != wordings:
            self._groups[question.key] = (wordings, text_groups(answer.wording for answer in indexed.values()))

    def _cluster(self, question: QuestionToMark, indexed: IndexedAnswer, group_name: str) -> str:
        if indexed.is_unread:
            # Whoever marks the empty answers at once does not decide about a damaged file.
            return self.identities.cluster(question.key, f"unread {group_name}")
        group = self._groups[question.key][1].get(indexed.wording.digest, indexed.wording.digest)
        if group != EMPTY and question.kind in {QuestionKind.CODE, QuestionKind.TEST}:
            group = verdict_group(indexed.verdict) or group
        return self.identities.cluster(question.key, group)

    def _assembled(
        self, question: QuestionToMark, row: MarkRow, indexed: IndexedAnswer, place: Present
    ) -> AnswerToMark:
        history = self._histories.of(row.group, question.key)
        identifier = self.identities.answer(question.key, row.group)
        self._answers[identifier] = (question.key, row.group)
        look = history.second_look
        return AnswerToMark(
            id=identifier,
            group=row.group,
            notebook=row.notebook,
            grade_id=row.grade_id,
            digest=indexed.digest,
            is_empty=indexed.wording.is_empty and not indexed.is_unread,
            is_unread=indexed.is_unread,
            cluster=self._cluster(question, indexed, row.group),
            wording=self.identities.cluster(question.key, f"wording {indexed.wording.digest}"),
            verdict=indexed.verdict,
            auto_points=row.auto_points,
            extra_credit=row.extra_credit,
            mark=place.mark,
            second_look=look.why if look is not None and look.is_wanted else None,
            handed_to=history.handed_to,
            version=place.version,
        )

    def _unknown(self, answer_id: str) -> MarkingError:
        return MarkingError(f"the sheet {self.sheet.name} has no answer {answer_id[:40]!r}; open the question again")


def _not_graded(sheet: Sheet, graded: Collection[str]) -> Iterator[str]:
    """Yield a sentence where groups have handed in whose answers are not there to be marked."""
    handed_in = sheet.course.students(sheet.course.coursedir.submitted_directory, sheet.name)
    waiting = sorted({*handed_in} - {*graded})
    if waiting:
        shown = ", ".join(waiting[:_MOST_SHOWN]) + (", …" if len(waiting) > _MOST_SHOWN else "")
        yield (
            f"{len(waiting)} of {len(handed_in)} that were handed in are not graded, so that their answers are not here"
            f" ({shown}); run: sheetgrader grade {sheet.name}"
        )


def _outcome(request: Request, answer: AnswerToMark, *, is_given: bool) -> Given | Conflict:
    if is_given:
        return Given(answer=answer)
    changed = is_of_other_answer(request.version, answer.digest)
    return Conflict(answer=answer, mark=request.mark, answer_changed=changed)
