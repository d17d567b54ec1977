"""Which marks a person has to look at again after a submission was graded once more."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sheetgrader.results import LookAgain, SubmissionResult


def looks_again(
    marked: Mapping[tuple[str, str], bool],
    earlier: SubmissionResult,
    result: SubmissionResult,
    other_answers: Collection[tuple[str, str]],
) -> tuple[LookAgain, ...]:
    """Return the marks to look at again, in the order of ``result``.

    Args:
        marked: the cells, by notebook and ``grade_id``, that have points given by hand, and whether somebody had to
            look at each again already.
        earlier: what grading had found before.
        result: what it found now.
        other_answers: the cells whose answer is not what it was.
    """
    before = {(cell.notebook, cell.grade_id): cell for cell in earlier.cells}
    open_before = {(look.notebook, look.grade_id): look for look in earlier.look_again}
    found = []
    for cell in result.cells:
        key = (cell.notebook, cell.grade_id)
        if key not in marked:
            continue
        was = before.get(key, cell)
        is_answered_otherwise = key in other_answers
        if not is_answered_otherwise and (was.points, was.outcome) == (cell.points, cell.outcome):
            if marked[key] and key in open_before:
                found.append(open_before[key])
            continue
        # Of several changes since a person looked, the first tells what the mark was given to.
        first = open_before.get(key) if marked[key] else None
        found.append(
            LookAgain(
                notebook=cell.notebook,
                grade_id=cell.grade_id,
                answer_changed=is_answered_otherwise or (first is not None and first.answer_changed),
                points_before=was.points if first is None else first.points_before,
                points_after=cell.points,
                outcome_before=was.outcome if first is None else first.outcome_before,
                outcome_after=cell.outcome,
            )
        )
    return tuple(found)
