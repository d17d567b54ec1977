"""A changed rubric: what it does to the marks there are, before it is applied to all."""

from __future__ import annotations

import msgspec

from sheetgrader.errors import MarkingError
from sheetgrader.marking.history import token
from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import AnswerToMark, Conflict, CurrentMark, Mark, PointChange, RubricPreview
from sheetgrader.marking.present import value
from sheetgrader.marking.rubric_file import write_rubrics
from sheetgrader.marking.rubrics import Rubric, points
from sheetgrader.results import rounded


def preview(marking: Marking, rubric: Rubric) -> RubricPreview:
    """Return what ``rubric`` would do to every group's mark; nothing is written.

    Raises:
        MarkingError: there is no such question, or tests judge it.
        GradebookError: the gradebook cannot be used.
        CourseError: the rubric that rules, or what was decided cannot be read.
    """
    question = marking.question(rubric.notebook, rubric.grade_id)
    if not question.kind.is_by_hand:
        raise MarkingError(f"tests judge {rubric.grade_id}, and no rubric; give other points for single answers")
    rubric = msgspec.structs.replace(rubric, max_points=question.max_points)
    answers = sorted(marking.answers(*question.key), key=lambda answer: answer.group)
    changes = [
        _change(answer, answer.mark, question.rubric, rubric)
        for answer in answers
        if answer.mark is not None and answer.mark.points is not None
    ]
    seen = [question.rubric, rubric, [(answer.id, answer.version) for answer in answers]]
    return RubricPreview(rubric=rubric, changes=tuple(changes), version=token(seen))


def apply(marking: Marking, shown: RubricPreview) -> RubricPreview | None:
    """Let the rubric of a preview rule, and give all marks the points it comes to; who has marked stays who has.

    Returns:
        None where it was applied; the preview as it would be now where rubric, marks or answers have changed since, and
        nothing was written.

    Raises:
        MarkingError: there is no such question, or somebody else changes its rubric at this moment.
        GradebookError: it cannot be written; or it is written in the marking folder alone, and gets into the gradebook
            when the question is opened the next time.
        CourseError: as of :func:`preview`; or the rubric cannot be written, and nothing was.
    """
    rubric = shown.rubric
    now = preview(marking, rubric)
    if now.version != shown.version:
        return now
    ruling = marking.question(rubric.notebook, rubric.grade_id).rubric
    answers = {answer.id: answer for answer in marking.answers(rubric.notebook, rubric.grade_id)}
    requests = []
    for change in now.changes:
        answer = answers[change.answer]
        if change.is_others or not (change.is_change or change.lost_items or change.is_limited):
            continue
        assert answer.mark is not None  # noqa: S101 # a preview is of marks
        requests.append(
            msgspec.structs.replace(
                marking.request(answer.id, _mark_by(answer.mark.mark, rubric), answer.version),
                by=answer.mark.by,
                keeps_answer=True,
                why=f"{marking.by} changed the rubric.",
            )
        )
    if not requests:
        write_rubrics(marking.sheet, [rubric], instead_of=[ruling])
        return None
    # The rubric first: where the rest is never written, its marks are shown as those of an earlier rubric.
    outcomes = marking.write(
        requests,
        rubric=rubric,
        all_or_nothing=True,
        before=lambda: write_rubrics(marking.sheet, [rubric], instead_of=[ruling]),
    )
    return preview(marking, rubric) if any(isinstance(one, Conflict) for one in outcomes) else None


def _change(answer: AnswerToMark, current: CurrentMark, before: Rubric, after: Rubric) -> PointChange:
    was = current.points or 0.0
    if current.is_others:
        return PointChange(answer=answer.id, group=answer.group, points_before=was, points_after=was, is_others=True)
    there = {item.id for item in after.all_items() if item.can_apply}
    texts = {item.id: item.text for item in before.all_items()}
    mark = _mark_by(current.mark, after)
    return PointChange(
        answer=answer.id,
        group=answer.group,
        points_before=was,
        points_after=value(after, mark),
        lost_items=tuple(texts.get(item) or item for item in current.mark.applied if item not in there),
        is_limited=mark.adjustment != current.mark.adjustment,
    )


def _mark_by(mark: Mark, rubric: Rubric) -> Mark:
    """Return a mark with the items that ``rubric`` has, and an adjustment within the points of the cell."""
    there = {item.id for item in rubric.all_items() if item.can_apply}
    found = msgspec.structs.replace(
        mark, applied={item: times for item, times in mark.applied.items() if item in there}
    )
    wanted = value(rubric, found)
    if 0 <= wanted <= rubric.max_points:
        return found
    fits = min(max(0.0, wanted), rubric.max_points) - points(rubric, found.applied)
    return msgspec.structs.replace(found, adjustment=rounded(fits))
