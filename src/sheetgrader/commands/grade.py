"""``sheetgrader grade``: a class's submissions into points."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sheetgrader.commands.output import INTERRUPTED, KeptOutput, Line, Output, Rows
from sheetgrader.errors import UsageError
from sheetgrader.execution.choosing import groups_that_handed_in, number_of_workers
from sheetgrader.execution.unchanged import Unchanged, fingerprint, keep_unchanged, places_of, read_unchanged
from sheetgrader.execution.warm_start import WarmStart
from sheetgrader.sandbox.limits import Isolation

if TYPE_CHECKING:
    # Importing these takes time, and the zygote is to start before that.
    from sheetgrader.course.directory import Sheet
    from sheetgrader.execution.class_grading import ClassGrading
    from sheetgrader.execution.reports import GradeReport


def grade(
    folder: Path,
    name: str,
    output: KeptOutput,
    *,
    groups: Sequence[str],
    workers: int,
    force: bool,
    affected_by: str,
    dry_run: bool,
    twice: bool,
    isolation: Isolation | None,
    verbose: bool,
) -> int:
    """Grade what was handed in of a sheet, and return the exit code.

    Raises:
        SheetgraderError: the course, the sheet, the gradebook or the machine is not fit for it.
    """
    asks_for_all = not (groups or force or affected_by or dry_run or twice or verbose or isolation)
    if asks_for_all and (code := _say_again(folder, name, output)) is not None:
        return code
    with WarmStart(isolation) as warm:
        with output.waiting("Reading the course"):
            # These import nbgrader, which takes as long as the zygote takes to start.
            from sheetgrader.commands.summary import tell
            from sheetgrader.course.directory import Course
            from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
            from sheetgrader.execution.reports import ALREADY_GRADED

            course = Course.load(folder)
            sheet = course.sheet(name)
            zygote = warm.fitted(course, sheet)
            if affected_by:
                if groups:
                    raise UsageError("--affected-by chooses the groups; give it without --group")
                groups = _groups_affected_by(sheet, affected_by)
            chosen = groups_that_handed_in(sheet, groups)
            places = places_of(sheet, folder) if asks_for_all else ()
            before = fingerprint(places)
        number = min(number_of_workers(workers, course.settings.workers), len(chosen))
        options = GradeOptions(number, force=force, dry_run=dry_run, twice=twice)
        report = shown(ClassGrading(sheet, chosen, zygote, options), len(chosen), output)
    tell(report, output, results_folder=f"{course.reports_folder / name}", verbose=verbose)
    output.document(report)
    code = 1 if report.unnamed or any(group.needs_attention for group in report.groups) else 0
    if places and before and before == fingerprint(places) and len(report.having(ALREADY_GRADED)) == len(report.groups):
        keep_unchanged(
            folder,
            name,
            Unchanged(
                places=places,
                fingerprint=before,
                exit_code=code,
                shown=msgspec.Raw(msgspec.json.encode(output.kept)),
                document=msgspec.to_builtins(report),
            ),
        )
    if report.interrupted:
        kept = len(report.having("graded"))
        output.warn(
            f"Interrupted: {kept} graded now {'is' if kept == 1 else 'are'} kept; the same command again goes on with"
            " the rest."
        )
        return INTERRUPTED
    return code


def _say_again(folder: Path, name: str, output: KeptOutput) -> int | None:
    """Say what there was to say when there was nothing to do, and return the exit code of then; None where something
    has changed since.
    """
    start = time.monotonic()
    unchanged = read_unchanged(folder, name)
    if unchanged is None:
        return None
    output.write_again(msgspec.json.decode(unchanged.shown, type=list[Line | Rows]))
    output.document({**unchanged.document, "seconds": round(time.monotonic() - start, 3)})
    return unchanged.exit_code


def _groups_affected_by(sheet: Sheet, line: str) -> list[str]:
    from sheetgrader.store.objections import affected, find_line

    present = set(sheet.submissions())
    found = [each.group for each in affected(sheet, find_line(sheet, line)) if each.group in present]
    if not found:
        raise UsageError(f"the line {line} cost nobody points")
    return found


def shown(grading: ClassGrading, groups: int, output: Output) -> GradeReport:
    """Grade, show how far it is, and return what became of it; Ctrl-C ends it, and what is graded until then is kept.

    Raises:
        SheetgraderError: the sheet's graders are broken, the gradebook cannot be written, or no sandbox can be had.
    """
    from sheetgrader.execution.events import Progress

    try:
        with output.progress("Grading", groups, left=grading.seconds_left) as step:
            for event in grading:
                if isinstance(event, Progress):
                    step()
    except KeyboardInterrupt:
        grading.stop()
    return grading.report()
