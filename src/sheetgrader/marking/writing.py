"""Marks written down: a line in ``marking/``, then the gradebook, in one transaction that nobody else writes beside.

The line comes first. If the gradebook fails afterwards, or all is killed, the line is there and the gradebook was not
told of it, and whoever looks next tells it; see :mod:`sheetgrader.store.marks`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.errors import CourseError, GradebookError, MarkingError
from sheetgrader.marking.answer_index import CellKey
from sheetgrader.marking.checks import checked_points
from sheetgrader.marking.history import History, histories
from sheetgrader.marking.model import THE_GRADEBOOK, CurrentMark, Mark, QuestionToMark
from sheetgrader.marking.present import Present, is_open_after, present, what_counts
from sheetgrader.store.decisions import (
    AnyDecision,
    Marked,
    Unmarked,
    add_decisions,
    decisions_folder,
    read_decisions,
)
from sheetgrader.store.marks import MarkRow, MarksBeingWritten, MarksInGradebook

_NOTHING = History()


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A mark to be given to an answer, or what it has to be taken back."""

    #: The answer's id, and whose it is and to which question.
    answer: str
    cell: CellKey
    group: str
    #: Digest of the answer as it is now.
    digest: str
    #: None takes back what is there.
    mark: Mark | None
    #: What was seen, of mark and answer.
    version: str
    by: str
    #: When it was given elsewhere, by the clock there.
    brought: datetime | None = None
    why: str = ""
    #: Whether somebody has to look at the answer again stays as it is: nobody has looked.
    keeps_answer: bool = False


class _Open(msgspec.Struct):
    """A request while it is worked on."""

    request: Request
    row: MarkRow
    history: History
    place: Present
    lines: list[Marked | Unmarked] = []


class Writing:
    """Writes marks of one sheet."""

    def __init__(
        self,
        sheet: Sheet,
        gradebook: MarksInGradebook,
        questions: Mapping[CellKey, QuestionToMark],
        kept: Mapping[str, str],
        digests_of: Callable[[str], Mapping[CellKey, str]],
    ) -> None:
        """Prepare it.

        Args:
            sheet: which sheet.
            gradebook: its gradebook.
            questions: by which marks are given.
            kept: texts of kept comments, by id.
            digests_of: says what digests a group's answers have at that moment, by cell.
        """
        self._sheet = sheet
        self._gradebook = gradebook
        self._questions = questions
        self._kept = kept
        self._digests_of = digests_of

    def write(
        self, requests: Sequence[Request], *, all_or_nothing: bool, before: Callable[[], None]
    ) -> tuple[bool, ...]:
        """Write marks, and say of each whether it was; it was not where another version is there.

        Args:
            requests: each answer once.
            all_or_nothing: write nothing where one of them is not.
            before: called before anything is written.

        Raises:
            MarkingError: one of them cannot be given, and nothing was written.
            GradebookError: see the module.
        """
        if len({(request.group, request.cell) for request in requests}) < len(requests):
            raise MarkingError("one answer cannot be given two marks at once; give each answer one")
        groups = sorted({request.group for request in requests})
        decisions: dict[str, tuple[AnyDecision, ...]] = {}
        is_written = False
        try:
            with self._gradebook.writing(groups) as being_written:
                cells = {request.cell for request in requests}
                rows = being_written.rows(*(cells if len(cells) == 1 else ()))
                decisions |= {group: read_decisions(self._sheet, group) for group in groups}
                # Until now, grading may have put other answers there.
                digests = {group: self._digests_of(group) for group in groups}
                found = [
                    self._opened(
                        being_written,
                        msgspec.structs.replace(request, digest=digests[request.group].get(request.cell, "")),
                        rows,
                        decisions[request.group],
                    )
                    for request in requests
                ]
                taken = [one for one in found if one.place.version == one.request.version]
                if all_or_nothing and len(taken) < len(found):
                    taken = []
                points = [self._checked(one) for one in taken]
                if taken:
                    before()
                clock = _Clock(decisions)
                for one, value in zip(taken, points, strict=True):
                    one.lines = _lines(one, value, clock)
                for group in groups:
                    lines = [line for one in taken if one.request.group == group for line in one.lines]
                    if lines:
                        add_decisions(self._sheet, group, lines)
                        is_written = True
                for one in taken:
                    if one.lines:
                        written = msgspec.structs.replace(one.history, marks=(*one.history.marks, *one.lines))
                        is_open = one.row.is_open if one.request.keeps_answer else None
                        self._enter(being_written, one.row, written, one.request.digest, is_open=is_open)
        # The second where the course's late-submission plugin cannot be loaded.
        except (GradebookError, CourseError) as error:
            if not is_written:
                raise
            raise GradebookError(
                f"{error}; what was given is kept in {decisions_folder(self._sheet)}, and gets into the gradebook once"
                " the question is opened again"
            ) from error
        return tuple(any(one is other for other in taken) for one in found)

    def tell(self, answers: Collection[tuple[str, CellKey]]) -> int:
        """Enter in the gradebook what it does not know of yet, and return of how many answers.

        Args:
            answers: group and cell of each that is to be looked at.

        Raises:
            GradebookError: it cannot be written.
        """
        cells: dict[str, list[CellKey]] = {}
        for group, cell in answers:
            cells.setdefault(group, []).append(cell)
        told = 0
        with self._gradebook.writing(cells) as being_written:
            rows = being_written.rows()
            for group in sorted(cells):
                found, digests = histories(read_decisions(self._sheet, group)), self._digests_of(group)
                for cell in cells[group]:
                    row, digest = rows.get((group, cell)), digests.get(cell)
                    if row is None or digest is None:
                        continue
                    history = found.get(cell, _NOTHING)
                    if self._present(row, history, digest).is_untold:
                        self._enter(being_written, row, history, digest)
                        told += 1
        return told

    def _opened(
        self,
        being_written: MarksBeingWritten,
        request: Request,
        rows: Mapping[tuple[str, CellKey], MarkRow],
        decisions: Collection[AnyDecision],
    ) -> _Open:
        row = rows.get((request.group, request.cell))
        if row is None:
            raise not_recorded(self._sheet, request.group)
        history = histories(decisions).get(request.cell, _NOTHING)
        place = self._present(row, history, request.digest)
        if place.is_untold:
            row = self._enter(being_written, row, history, request.digest)
            place = self._present(row, history, request.digest)
        return _Open(request, row, history, place)

    def _present(self, row: MarkRow, history: History, digest: str) -> Present:
        return present(row, history, digest, self._questions[row.key].rubric, self._kept)

    def _checked(self, one: _Open) -> float:
        """Return the points that are to be given; without meaning where something is taken back."""
        mark = one.request.mark
        if mark is not None:
            question = self._questions[one.request.cell]
            return checked_points(question, mark, self._kept, takes_comment=one.row.takes_comment)
        if one.place.mark is None or one.place.mark.is_others:
            raise MarkingError(
                f"nothing was given here for {one.request.cell[1]} that could be taken back; what stands in the"
                " gradebook can be marked over"
            )
        return 0.0

    def _enter(
        self,
        being_written: MarksBeingWritten,
        row: MarkRow,
        history: History,
        digest: str,
        *,
        is_open: bool | None = None,
    ) -> MarkRow:
        """Tell the gradebook what was decided last, and return what it says then."""
        points, comment = what_counts(history, self._kept)
        comment = comment if row.takes_comment else ""
        if is_open is None:
            is_open = is_open_after(history, digest, row.auto_points)
        assert history.last is not None  # noqa: S101 # something was decided
        return being_written.enter(row, points, comment, is_open=is_open, said=history.last)


class _Clock:
    """Gives each line a time of its own, after all that was decided about its group."""

    def __init__(self, decisions: Mapping[str, Iterable[AnyDecision]]) -> None:
        self._last = {group: max((one.when for one in found), default=None) for group, found in decisions.items()}

    def next(self, request: Request) -> datetime:
        time = datetime.now(UTC)
        last = self._last[request.group]
        if last is not None and time <= last:
            time = last + timedelta(microseconds=1)
        self._last[request.group] = time
        return time


def not_recorded(sheet: Sheet, group: str) -> MarkingError:
    """Return what is wrong where the gradebook does not know of a group's answer."""
    return MarkingError(
        f"the gradebook does not hold what {group} has handed in; run: sheetgrader grade {sheet.name} --group {group}"
    )


def _lines(one: _Open, points: float, clock: _Clock) -> list[Marked | Unmarked]:
    """Return the lines to be written; none where just that is there already."""
    request = one.request
    notebook, grade_id = request.cell
    if request.mark is None:
        before = one.history.before
        return [
            Unmarked(
                by=request.by,
                when=clock.next(request),
                why=request.why,
                notebook=notebook,
                grade_id=grade_id,
                back_to=before.when if before is not None else None,
            )
        ]
    mark = msgspec.structs.replace(
        request.mark, applied={item: times for item, times in request.mark.applied.items() if times}
    )
    if _is_there(one.place.mark, mark, request.by, points):
        return []
    found = [_found_there(one, clock.next(request))] if one.place.is_unwritten else []
    given = Marked(
        by=request.by,
        when=clock.next(request),
        why=request.why,
        notebook=notebook,
        grade_id=grade_id,
        answer=_answered(one),
        applied=mark.applied,
        adjustment=mark.adjustment,
        points=points,
        comment=mark.comment,
        comments=mark.comments,
        was_open=one.row.is_open,
        brought=request.brought,
    )
    return [*found, given]


def _found_there(one: _Open, when: datetime) -> Marked | Unmarked:
    """Return a line for what others have given in the gradebook, or taken out, so that it can be gone back to."""
    row = one.row
    by, (notebook, grade_id) = THE_GRADEBOOK, one.request.cell
    if row.points is None:
        return Unmarked(
            by=by, when=when, why="It was so there.", notebook=notebook, grade_id=grade_id, comment=row.comment
        )
    return Marked(
        by=by,
        when=when,
        why="It was given there.",
        notebook=notebook,
        grade_id=grade_id,
        answer="" if row.is_open else one.request.digest,
        adjustment=row.points,
        points=max(0.0, row.points),
        comment=row.comment,
    )


def _answered(one: _Open) -> str:
    """Return the digest of the answer that a mark is given to."""
    line = one.history.counts
    return line.answer if one.request.keeps_answer and isinstance(line, Marked) else one.request.digest


def _is_there(current: CurrentMark | None, mark: Mark, by: str, points: float) -> bool:
    return (
        current is not None
        and not current.is_others
        and not (current.is_for_earlier_answer or current.is_beside_other_verdict)
        and (current.by, current.mark, current.points) == (by, mark, points)
    )
