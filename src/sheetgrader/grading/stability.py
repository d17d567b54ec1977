"""Verdicts that are others for the same answer, the same inputs and the same conditions: luck, on which a person
decides.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult

_WAITS: Final = "The same answer was judged more than once and not always alike, so a tutor decides."
_FAILED_TWICE: Final = "It was judged twice, from the first cell on, and failed both times; the first judgement counts."


class Standing(enum.Enum):
    """What a verdict comes to; how an answer fails may depend on how busy a machine is."""

    RIGHT = "right"
    PARTLY_RIGHT = "partly right"
    FAILED = "not right"
    UNKNOWN = "not judged"


def standing(verdict: CriterionResult) -> Standing:
    """Return what a verdict comes to, whether or not it counts."""
    return _STANDINGS.get(verdict.outcome, Standing.FAILED)


_STANDINGS: Final = {
    Outcome.RIGHT: Standing.RIGHT,
    Outcome.PARTLY_RIGHT: Standing.PARTLY_RIGHT,
    Outcome.NOT_JUDGED: Standing.UNKNOWN,
}


def failed(
    results: Mapping[str, tuple[CriterionResult, ...]], trainings: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the names of those criteria that failed and whose answers train, which may have had bad luck.

    Args:
        results: the verdicts by cell.
        trainings: by cell, the names of the criteria whose answers train.
    """
    return frozenset(
        verdict.name
        for cell, verdicts in results.items()
        for verdict in verdicts
        if verdict.name in trainings[cell] and standing(verdict) is Standing.FAILED
    )


def judged_twice(
    first: Mapping[str, tuple[CriterionResult, ...]],
    second: Mapping[str, tuple[CriterionResult, ...]],
    doubted: Collection[str],
) -> dict[str, tuple[CriterionResult, ...]]:
    """Return what two judgements of the same submission come to, by cell: where they agree the first one, where they
    do not an unstable verdict.

    Args:
        first: all verdicts.
        second: those of what was judged again.
        doubted: the names of those that were judged again for their own sake.
    """
    again = {verdict.name: verdict for found in second.values() for verdict in found if verdict.name in doubted}
    return {
        cell: tuple(_both(verdict, again.get(verdict.name)) for verdict in verdicts) for cell, verdicts in first.items()
    }


def held_against(result: SubmissionResult, earlier: Iterable[SubmissionResult]) -> SubmissionResult:
    """Return ``result`` with those verdicts unstable that were others before for the same answer and inputs, under the
    same graders, limits and versions.

    Args:
        result: what a submission came to now.
        earlier: what is kept of the same group.
    """
    before: dict[tuple[str, str, str, int], list[CriterionResult]] = {}
    for known in earlier:
        if known.conditions and known.conditions == result.conditions:
            for cell, verdict in _verdicts(known):
                before.setdefault(_key(cell, verdict), []).append(verdict)
    cells = []
    for cell in result.cells:
        criteria = tuple(_among(verdict, before.get(_key(cell, verdict), [])) for verdict in cell.criteria)
        cells.append(waiting(msgspec.structs.replace(cell, criteria=criteria)))
    return msgspec.structs.replace(result, cells=tuple(cells))


def waiting(cell: CellResult) -> CellResult:
    """Return a cell without points where one of its verdicts is unstable: it waits for a person."""
    if not any(verdict.unstable for verdict in cell.criteria):
        return cell
    return msgspec.structs.replace(cell, points=None, outcome=Outcome.NOT_JUDGED, message=_WAITS)


def _both(first: CriterionResult, second: CriterionResult | None) -> CriterionResult:
    if second is None or Standing.UNKNOWN in (standing(first), standing(second)):
        return first
    if standing(first) is not standing(second):
        remark = (
            f"Judged twice for the same inputs, it was {standing(first).value} the first time and"
            f" {standing(second).value} the second time; a tutor decides."
        )
        detail = f"{first.detail}\nThe second time ({second.outcome.value}): {second.message}".strip()
        return msgspec.structs.replace(first, unstable=True, remark=remark, detail=detail)
    if standing(first) is Standing.FAILED:
        return msgspec.structs.replace(first, remark=_FAILED_TWICE)
    return first


def _among(verdict: CriterionResult, earlier: list[CriterionResult]) -> CriterionResult:
    others = [known for known in earlier if known.unstable or standing(known) is not standing(verdict)]
    others = [known for known in others if Standing.UNKNOWN not in (standing(known), standing(verdict))]
    if verdict.unstable or not others:
        return verdict
    found = ", then ".join(dict.fromkeys(standing(each).value for each in (*earlier, verdict)))
    remark = f"The same answer was judged more than once for the same inputs, and was {found}; a tutor decides."
    return msgspec.structs.replace(verdict, unstable=True, remark=remark)


def _verdicts(result: SubmissionResult) -> Iterable[tuple[CellResult, CriterionResult]]:
    return ((cell, verdict) for cell in result.cells for verdict in cell.criteria)


def _key(cell: CellResult, verdict: CriterionResult) -> tuple[str, str, str, int]:
    # The seed follows from the group, the criterion and the answer's code.
    return cell.notebook, cell.grade_id, verdict.name, verdict.seed
