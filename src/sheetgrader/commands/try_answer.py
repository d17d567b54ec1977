"""``sheetgrader try``: graders at work on one answer, under their author's eyes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sheetgrader.commands.output import UNPROTECTED, Output
from sheetgrader.errors import UsageError
from sheetgrader.execution.warm_start import WarmStart
from sheetgrader.report.words import listed, number, number_of_points
from sheetgrader.sandbox.limits import Isolation

if TYPE_CHECKING:
    # Importing these takes time, and the zygote is to start before that.
    from sheetgrader.audit.answers_to_try import Answer
    from sheetgrader.audit.chosen_criteria import Chosen
    from sheetgrader.course.directory import Sheet
    from sheetgrader.grading.trial import Look, Trial
    from sheetgrader.items import WorkItem
    from sheetgrader.results import CellResult, CriterionResult, SubmissionResult

#: A person at a debugger takes as long as a person takes; the student's calls and cells keep their limits.
_SECONDS_AT_DEBUGGER: Final = 7 * 24 * 3600.0
_STDIN_IS_CAPTURED: Final = "reading from stdin while output is captured"


def try_answer(
    folder: Path,
    name: str,
    named: str,
    output: Output,
    *,
    criterion: str,
    debugger: bool,
    isolation: Isolation | None,
) -> int:
    """Judge one answer and show all that its graders do; return the exit code: 1 where a grader itself failed, or an
    answer of known worth was not judged as it should.

    Args:
        folder: the course's.
        name: of the sheet.
        named: the answer, see :func:`~sheetgrader.audit.answers_to_try.find_answer`.
        output: where to tell it.
        criterion: a criterion, a question, or a test cell that judges in itself; empty for all.
        debugger: open one where a criterion fails.
        isolation: how the answer's code is kept apart; None for the course's setting.

    Raises:
        SheetgraderError: there is no such sheet, answer or criterion, or the machine is not fit for grading.
    """
    if debugger and output.json:
        raise UsageError("--pdb is for people, and --json for programs; give one of them")
    with WarmStart(isolation) as warm:
        with output.waiting("Reading the course"):
            from sheetgrader.audit.answers_to_try import find_answer
            from sheetgrader.audit.chosen_criteria import choose
            from sheetgrader.audit.variant_grading import VariantGrading
            from sheetgrader.course.directory import Course
            from sheetgrader.course.staging import staging_folder
            from sheetgrader.grading.trial import Trial
            from sheetgrader.kernels.launcher import ZygoteConnection

            course = Course.load(folder)
            sheet = course.sheet(name)
            zygote = warm.fitted(course)
            chosen = choose(sheet, criterion)
        trial = Trial(
            sheet.grader_folder,
            criteria=chosen.names,
            cells=chosen.cells,
            debugger=debugger,
            announce=(lambda test: output.say(f"── {test}", "bold")) if debugger else None,
        )
        with (
            staging_folder(course) as staging,
            closing(VariantGrading(sheet, staging, ZygoteConnection(zygote.address))) as grading,
        ):
            answer = find_answer(grading, named, chosen.question)
            item = _with_patience(answer.item) if debugger else answer.item
            zygote.wait_ready()
            with nullcontext() if debugger else output.waiting("Judging"):
                result = grading.judge(item, trial)
    return _tell(sheet, answer, result, chosen, trial, output)


def _with_patience(item: WorkItem) -> WorkItem:
    import msgspec

    limits = msgspec.structs.replace(
        item.limits, question_seconds=_SECONDS_AT_DEBUGGER, submission_seconds=_SECONDS_AT_DEBUGGER
    )
    return msgspec.structs.replace(item, limits=limits)


def _tell(sheet: Sheet, answer: Answer, result: SubmissionResult, chosen: Chosen, trial: Trial, output: Output) -> int:
    from sheetgrader.audit.expectations import unexpected_in
    from sheetgrader.results import Outcome

    cells = [cell for cell in result.cells if chosen.cells is None or cell.grade_id in chosen.cells]
    output.say(answer.title, "bold")
    for note in result.notes:
        output.say(note, "yellow")
    for run in result.runs:
        if run.outcome is not Outcome.RIGHT:
            output.say(f"{run.cell}: {run.outcome.value}: {run.message}", "yellow")
    for cell in cells:
        _tell_cell(cell, trial, output)
    unexpected = "" if chosen.names is not None else unexpected_in(answer, sheet, cells)
    if unexpected:
        output.say(unexpected, "bold red")
    failed = [each.name for cell in cells for each in cell.criteria if each.outcome is Outcome.NOT_JUDGED]
    if failed:
        output.say(f"A grader itself failed, so a person would have to decide: {listed(failed)}.", "bold red")
    if any(_STDIN_IS_CAPTURED in look.traceback for look in trial.looks.values()):
        output.say("A grader waits for input; breakpoint() works with --pdb.", "bold red")
    if result.error:
        output.say(result.error, "bold red")
    output.document(_document(sheet, answer, result, cells, trial, unexpected))
    if result.isolation == "process":
        output.warn(UNPROTECTED)
    return 1 if failed or unexpected or result.error else 0


def _tell_cell(cell: CellResult, trial: Trial, output: Output) -> None:
    from sheetgrader.grading.trial import Look
    from sheetgrader.grading.verdict_cells import explanations, mark

    outcome = f", {cell.outcome.value}" if cell.outcome is not None and not cell.criteria else ""
    points = "not decided" if cell.points is None else f"{number(cell.points)} of {number_of_points(cell.max_points)}"
    said = f": {cell.message}" if cell.message else ""
    output.say()
    output.say(f"{cell.grade_id}: {points}{outcome}{said}", "bold")
    for criterion in cell.criteria:
        look = trial.looks.get(criterion.name, Look())
        output.say(f"  {mark(criterion)} {criterion.rubric}")
        output.say(f"      {criterion.name}: {_verdict(criterion)}, in {criterion.seconds:.2g} s")
        for sentence in explanations(criterion):
            output.say(f"      students read: {sentence}")
        if not trial.debugger:
            # With a debugger it was there at once.
            _tell_block("it prints", look.prints, output)
            _tell_block("it fails", look.traceback, output)


def _verdict(criterion: CriterionResult) -> str:
    part = f", {criterion.fraction:.0%} of its points" if 0 < criterion.fraction < 1 else ""
    return f"{criterion.outcome.value}{part}"


def _tell_block(what: str, text: str, output: Output) -> None:
    if text.strip():
        output.say(f"      {what}:")
        for line in text.rstrip().splitlines():
            output.say(f"        │ {line}")


def _document(
    sheet: Sheet,
    answer: Answer,
    result: SubmissionResult,
    cells: Sequence[CellResult],
    trial: Trial,
    unexpected: str,
) -> dict[str, object]:
    from sheetgrader.grading.trial import Look
    from sheetgrader.grading.verdict_cells import explanations

    def of(criterion: CriterionResult, look: Look) -> dict[str, object]:
        return {
            "name": criterion.name,
            "rubric": criterion.rubric,
            "outcome": criterion.outcome.value,
            "fraction": criterion.fraction,
            "students_read": explanations(criterion),
            "prints": look.prints,
            "traceback": look.traceback,
            "seconds": criterion.seconds,
            "seed": criterion.seed,
        }

    return {
        "sheet": sheet.name,
        "answer": answer.title,
        "cells": [
            {
                "grade_id": cell.grade_id,
                "points": cell.points,
                "max_points": cell.max_points,
                "outcome": cell.outcome.value if cell.outcome else None,
                "message": cell.message,
                "criteria": [of(each, trial.looks.get(each.name, Look())) for each in cell.criteria],
            }
            for cell in cells
        ],
        "runs": [
            {"cell": run.cell, "outcome": run.outcome.value, "message": run.message, "seconds": run.seconds}
            for run in result.runs
        ],
        "notes": list(result.notes),
        "error": result.error,
        "unexpected": unexpected,
    }
