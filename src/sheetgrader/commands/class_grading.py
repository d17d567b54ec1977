"""Grading a class: submissions into work items, workers' results into the gradebook as they arrive."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sheetgrader.commands.output import Output
from sheetgrader.commands.summary import GradeReport, GroupReport, added, group_report
from sheetgrader.course.directory import Sheet
from sheetgrader.errors import SubmissionError
from sheetgrader.execution.local import LocalPool
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.results import CellResult, Outcome, Stages, SubmissionResult
from sheetgrader.store.gradebook import GradebookWriter, gradebook_writer
from sheetgrader.store.kept_results import changes, read_result
from sheetgrader.store.material import Material, build_item, sheet_material


@dataclass(frozen=True)
class GradeOptions:
    """How a class is graded."""

    workers: int
    #: Grade again what is graded already and has not changed.
    force: bool = False
    #: Judge, and write nothing.
    dry_run: bool = False


def grade_class(
    sheet: Sheet, groups: Sequence[str], zygote: Zygote, options: GradeOptions, output: Output
) -> GradeReport:
    """Grade ``groups`` and record each result as it arrives; Ctrl-C ends it, and what was graded until then is kept.

    Raises:
        SheetgraderError: the sheet's graders are broken, the gradebook cannot be written, or no sandbox can be had.
    """
    grading = _ClassGrading(sheet, zygote, options)
    started = time.monotonic()
    interrupted = False
    try:
        grading.run(groups, output)
    except KeyboardInterrupt:
        interrupted = True
    return GradeReport(
        sheet=sheet.name,
        isolation=sheet.course.settings.isolation,
        workers=options.workers,
        seconds=round(time.monotonic() - started, 3),
        dry_run=options.dry_run,
        interrupted=interrupted,
        groups=tuple(grading.reports[group] for group in groups if group in grading.reports),
        stages=added(grading.stages),
    )


class _ClassGrading:
    def __init__(self, sheet: Sheet, zygote: Zygote, options: GradeOptions) -> None:
        self._sheet = sheet
        self._zygote = zygote
        self._options = options
        self._under_way: dict[str, WorkItem] = {}
        self.reports: dict[str, GroupReport] = {}
        self.stages: list[Stages] = []

    def run(self, groups: Sequence[str], output: Output) -> None:
        with output.waiting("Reading the sheet"):
            # Enters the sheet in the gradebook where it never was released, so it comes before the writer.
            material = sheet_material(self._sheet)
        with (
            # First of all, so that its workers have no part in what is opened later.
            LocalPool(self._zygote.address, self._options.workers) as pool,
            gradebook_writer(self._sheet) as writer,
            output.progress("Grading", len(groups)) as step,
        ):
            for graded in pool.grade(self._items(groups, material, writer, step)):
                self._take(graded, self._under_way.pop(graded.result.group), writer)
                step()

    def _items(
        self, groups: Sequence[str], material: Material, writer: GradebookWriter, step: Callable[[], None]
    ) -> Iterator[WorkItem]:
        """Yield what has to be graded; what has not to be is reported at once."""
        for group in groups:
            try:
                item = build_item(self._sheet, group, material)
            except SubmissionError as error:
                # Students read this sentence, too, and where the course lies is not for them.
                why = str(error).removeprefix(f"{self._sheet.submitted_folder(group)}: ")
                self._take(GradedSubmission(result=_unreadable(self._sheet, group, material, why)), None, writer)
                step()
                continue
            earlier = read_result(self._sheet, group)
            if earlier is not None and not self._options.force and writer.already_graded(group, item.digest):
                self.reports[group] = group_report("already graded", earlier)
                step()
                continue
            self._under_way[group] = item
            self._zygote.wait_ready()
            yield item

    def _take(self, graded: GradedSubmission, item: WorkItem | None, writer: GradebookWriter) -> None:
        group = graded.result.group
        earlier = read_result(self._sheet, group)
        if not self._options.dry_run:
            writer.record(graded, item)
        result = graded.result if self._options.dry_run else read_result(self._sheet, group) or graded.result
        self.reports[group] = group_report("not graded" if result.error else "graded", result, changes(earlier, result))
        if item is not None:
            self.stages.append(result.stages)


def _unreadable(sheet: Sheet, group: str, material: Material, error: str) -> SubmissionResult:
    """Return the result of a submission that holds nothing to grade: a human decides about all of it."""
    cells = tuple(
        CellResult(
            notebook=notebook.name,
            grade_id=cell.grade_id,
            max_points=cell.max_points or 0.0,
            points=None,
            outcome=Outcome.NOT_JUDGED,
            message=error,
        )
        for notebook in material.notebooks
        for cell in notebook.source_cells
        if cell.grade or cell.task
    )
    return SubmissionResult(
        sheet=sheet.name, group=group, cells=cells, error=error, isolation=sheet.course.settings.isolation
    )
