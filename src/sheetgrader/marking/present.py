"""The mark that an answer has now, out of what was decided and what the gradebook says: pure, and the one place."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sheetgrader.marking.history import History, is_of_gradebook, mark_of, version_of
from sheetgrader.marking.model import THE_GRADEBOOK, CurrentMark, Mark
from sheetgrader.marking.rubrics import Rubric
from sheetgrader.marking.rubrics import points as rubric_points
from sheetgrader.results import rounded
from sheetgrader.store.decisions import Marked, Unmarked
from sheetgrader.store.marks import MarkRow


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """Where an answer's mark stands."""

    mark: CurrentMark | None
    version: str
    #: It was given in the gradebook, or taken out there, and no line says so yet.
    is_unwritten: bool
    #: The gradebook does not know of what was decided, and is to be told.
    is_untold: bool


def present(row: MarkRow, history: History, digest: str, rubric: Rubric, kept: Mapping[str, str]) -> Present:
    """Return where an answer's mark stands.

    Args:
        row: what the gradebook says.
        history: what was decided.
        digest: of the answer as it is now.
        rubric: of the question.
        kept: texts of kept comments, by id.
    """
    points, comment = what_counts(history, kept)
    if row.told is not None and row.told.said == history.last and missing_comments(history.counts, kept):
        # The words that the gradebook was told are all that is left of them.
        comment = row.told.comment
    said = (points, comment if row.takes_comment else "")
    # Lines that are older than what the gradebook was told are a copy that somebody put back.
    is_recent = history.last is not None and (row.told is None or history.last >= row.told.said)
    if is_recent and (row.is_as_told or (row.points, row.comment) == said):
        told = row.told
        is_untold = told is None or (told.points, told.comment) != said or told.said != history.last
        is_open = is_open_after(history, digest, row.auto_points) if is_untold else row.is_open
        mark = _of_line(history.counts, digest, rubric, is_open=is_open)
        is_unwritten = False
    else:
        is_untold = False
        mark = _of_row(row)
        is_unwritten = mark is not None or history.counts is not None
    return Present(mark=mark, version=version_of(mark, digest), is_unwritten=is_unwritten, is_untold=is_untold)


def what_counts(history: History, kept: Mapping[str, str]) -> tuple[float | None, str]:
    """Return the points, if any, and the comment that the gradebook is to say."""
    line = history.counts
    if line is None:
        return None, ""
    if isinstance(line, Unmarked):
        return None, line.comment
    if is_of_gradebook(line):
        return line.adjustment, line.comment
    return line.points, comment_text(mark_of(line), kept)


def missing_comments(line: Marked | Unmarked | None, kept: Mapping[str, str]) -> set[str]:
    """Return the ids of kept comments that a mark holds and that nobody keeps any more."""
    return set() if not isinstance(line, Marked) else {one for one in line.comments if one not in kept}


def is_open_after(history: History, digest: str, auto_points: float | None) -> bool:
    """Say whether somebody has to look at an answer after what was decided last."""
    counts = history.counts
    if isinstance(history.marks[-1], Marked):
        return history.marks[-1].answer != digest
    undone = history.counted_before_last
    was_open = isinstance(undone, Marked) and undone.was_open
    if not isinstance(counts, Marked):
        return was_open or auto_points is None
    return was_open or counts.answer != digest


def value(rubric: Rubric, mark: Mark) -> float:
    """Return the points of a mark."""
    return rounded(rubric_points(rubric, mark.applied) + mark.adjustment)


def comment_text(mark: Mark, kept: Mapping[str, str]) -> str:
    """Return the words of a mark: the kept comments, then its own."""
    texts = (*(kept.get(identifier, "") for identifier in mark.comments), mark.comment)
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _of_line(line: Marked | Unmarked | None, digest: str, rubric: Rubric, *, is_open: bool) -> CurrentMark | None:
    if line is None:
        return None
    if isinstance(line, Unmarked):
        return CurrentMark(mark=Mark(comment=line.comment), points=None, by=THE_GRADEBOOK, is_others=True)
    mark = mark_of(line)
    if is_of_gradebook(line):
        return CurrentMark(mark=mark, points=line.adjustment, by=line.by, is_others=True, is_for_earlier_answer=is_open)
    return CurrentMark(
        mark=mark,
        points=line.points,
        by=line.by,
        when=line.when,
        is_for_earlier_answer=is_open and line.answer != digest,
        is_beside_other_verdict=is_open and line.answer == digest,
        is_by_earlier_rubric=value(rubric, mark) != line.points,
    )


def _of_row(row: MarkRow) -> CurrentMark | None:
    if row.points is None and not row.comment:
        return None
    return CurrentMark(
        mark=Mark(adjustment=row.points or 0.0, comment=row.comment),
        points=row.points,
        by=THE_GRADEBOOK,
        is_others=True,
        is_for_earlier_answer=row.is_open and row.points is not None,
    )
