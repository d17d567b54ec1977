"""Grading a class: submissions into work items, workers' results into the gradebook as they arrive."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.submissions import TIMESTAMP_FILE
from sheetgrader.errors import SubmissionError
from sheetgrader.execution.estimating import Estimate
from sheetgrader.execution.events import Ended, Event, Failed, Graded, LeftAsItIs, Progress, PutRight, Started
from sheetgrader.execution.learning import Learning
from sheetgrader.execution.local import LocalPool
from sheetgrader.execution.reports import (
    ALREADY_GRADED,
    GRADED,
    NOT_GRADED,
    PUT_RIGHT,
    GradeReport,
    GroupReport,
    added,
    group_report,
    with_standing,
)
from sheetgrader.grading.stability import held_against
from sheetgrader.intake.keeping import read_team
from sheetgrader.intake.teams import Member, first_and_last_names, members_in_notebook
from sheetgrader.items import GradedSubmission, WorkItem, not_judged
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.results import Stages, SubmissionResult
from sheetgrader.store.decisions import read_decisions
from sheetgrader.store.facts import GroupFacts
from sheetgrader.store.gradebook import GradebookWriter, gradebook_writer
from sheetgrader.store.kept_results import changes, read_history, read_result
from sheetgrader.store.material import Material, build_item, sheet_material, unreadable_item
from sheetgrader.store.soundness import check_soundness
from sheetgrader.store.standing import standing
from sheetgrader.store.standings import sheet_outline


@dataclass(frozen=True)
class GradeOptions:
    """How a class is graded."""

    workers: int
    #: Grade again what is graded already and has not changed.
    force: bool = False
    #: Judge, and write nothing.
    dry_run: bool = False
    #: Judge every criterion a second time in fresh kernels, also of what is graded already.
    twice: bool = False


class ClassGrading:
    """Grades groups of one sheet while it is iterated over, and records each result as it arrives.

    Ctrl-C ends it, and so does :meth:`stop`; what was graded until then is kept and stands in :meth:`report`.
    """

    def __init__(self, sheet: Sheet, groups: Sequence[str], zygote: Zygote, options: GradeOptions) -> None:
        """Prepare it; nothing happens before the first event is asked for."""
        self._sheet = sheet
        self._groups = tuple(dict.fromkeys(groups))
        self._zygote = zygote
        self._options = options
        self._reports: dict[str, GroupReport] = {}
        self._stages: list[Stages] = []
        #: What was known of each group before, read once, and what of it is graded now.
        self._earlier: dict[str, SubmissionResult | None] = {}
        self._under_way: dict[str, WorkItem] = {}
        self._started = time.monotonic()
        self._seconds = 0.0
        self._estimate = Estimate(
            total=len(self._groups),
            workers=max(1, options.workers),
            most_seconds=sheet.course.settings.grading_limits.submission_seconds,
        )
        self._remarks: tuple[str, ...] = ()
        #: First and last names of the members, by group, as far as they are known.
        self._names: dict[str, tuple[str, str]] = {}
        self._outline = sheet_outline(sheet)
        self._learning = Learning(sheet, zygote)
        self._events = self._run()

    def __iter__(self) -> Iterator[Event]:
        """Go on grading, and yield what happens.

        Raises:
            SheetgraderError: the sheet's graders are broken, the gradebook cannot be written, or no sandbox can be had.
        """
        return self._events

    def stop(self) -> None:
        """End it; what is graded and recorded stays."""
        self._events.close()

    def seconds_left(self) -> float | None:
        """Return how long it will still take; None where nothing tells yet."""
        return self._estimate.seconds_left(time.monotonic())

    def report(self) -> GradeReport:
        """Grade what is left and return what became of all.

        Raises:
            SheetgraderError: see :meth:`__iter__`.
        """
        for _ in self._events:
            pass
        return GradeReport(
            sheet=self._sheet.name,
            isolation=self._sheet.course.settings.isolation,
            workers=self._options.workers,
            seconds=round(self._seconds, 3),
            dry_run=self._options.dry_run,
            interrupted=len(self._reports) < len(self._groups),
            groups=tuple(self._reports[group] for group in self._groups if group in self._reports),
            stages=added(self._stages),
            remarks=self._remarks,
            unnamed=tuple(self._sheet.unnamed_submissions()),
        )

    def _run(self) -> Generator[Event]:
        self._started = time.monotonic()
        try:
            # Enters the sheet in the gradebook where it never was released, so it comes before the writer.
            material = sheet_material(self._sheet)
            self._remarks = check_soundness(self._sheet, material)
            with (
                # First of all, so that its workers have no part in what is opened later.
                LocalPool(self._zygote.address, self._options.workers) as pool,
                gradebook_writer(self._sheet, dry_run=self._options.dry_run) as writer,
            ):
                for event in self._grade(pool, writer, material):
                    if isinstance(event, Started):
                        self._estimate.begin(event.group, time.monotonic())
                    elif isinstance(event, Ended):
                        self._estimate.end(event.group, time.monotonic())
                    yield event
                    if not isinstance(event, Started):
                        yield Progress(len(self._reports), len(self._groups))
                if not self._options.dry_run:
                    writer.name_students(self._names)
                self._learning.finish()
        except KeyboardInterrupt:
            pass  # what is left undone shows in the report
        finally:
            self._seconds = time.monotonic() - self._started

    def _grade(self, pool: LocalPool, writer: GradebookWriter, material: Material) -> Iterator[Event]:
        for number, group in enumerate(self._groups):
            work = self._look_at(group, writer, material)
            if not isinstance(work, WorkItem):
                yield work
                continue
            while pool.is_full:
                yield from self._take(pool.take(), writer)
            if not self._under_way and (own := self._learning.item(material, len(self._groups) - number)) is not None:
                self._zygote.wait_ready()
                pool.submit(own)
            self._under_way[group] = work
            self._zygote.wait_ready()
            pool.submit(work)
            yield Started(group)
        while not pool.is_idle:
            yield from self._take(pool.take(), writer)

    def _look_at(
        self, group: str, writer: GradebookWriter, material: Material
    ) -> WorkItem | Failed | LeftAsItIs | PutRight:
        """Return what has to be graded of a group, or what became of it where nothing has."""
        earlier = self._earlier[group] = read_result(self._sheet, group)
        try:
            item = build_item(self._sheet, group, material)
        except SubmissionError as error:
            # Students read this sentence, too, and where the course lies is not for them.
            why = str(error).removeprefix(f"{self._sheet.submitted_folder(group)}: ")
            item = unreadable_item(self._sheet, group, material)
            return Failed(self._record(not_judged(item, why), item, writer))
        if self._options.twice:
            return msgspec.structs.replace(item, twice=True)
        if earlier is not None and not self._options.force and writer.already_graded(earlier, item):
            return self._left(earlier, item, writer)
        return item

    def _left(self, earlier: SubmissionResult, item: WorkItem, writer: GradebookWriter) -> LeftAsItIs | PutRight:
        """Leave a result as it is, and let the gradebook say what it says."""
        self._learn_names(item)
        timestamp = item.files.get(TIMESTAMP_FILE)
        is_right = writer.is_right(earlier, timestamp)
        if not is_right and not self._options.dry_run:
            writer.put_right(earlier, timestamp)
        report = group_report(ALREADY_GRADED if is_right else PUT_RIGHT, earlier)
        report = self._reports[earlier.group] = self._with_standing(report, earlier, writer)
        return LeftAsItIs(report) if is_right else PutRight(report)

    def _take(self, graded: GradedSubmission, writer: GradebookWriter) -> Iterator[Graded | Failed]:
        if self._learning.takes(graded):
            return
        report = self._record(graded, self._under_way.pop(graded.result.group), writer)
        yield Failed(report) if report.status == NOT_GRADED else Graded(report)

    def _record(self, graded: GradedSubmission, item: WorkItem | None, writer: GradebookWriter) -> GroupReport:
        group = graded.result.group
        earlier = self._earlier.pop(group)
        if earlier is not None:
            kept = [*read_history(self._sheet, group), earlier]
            graded = msgspec.structs.replace(graded, result=held_against(graded.result, kept))
        if self._options.dry_run:
            result, changed = graded.result, changes(earlier, graded.result)
        else:
            result, changed = writer.record(graded, item, earlier)
        if item is not None:
            self._learn_names(item)
            self._stages.append(result.stages)
        report = group_report(NOT_GRADED if result.error else GRADED, result, changed)
        if not self._options.dry_run:
            report = self._with_standing(report, result, writer)
        self._reports[group] = report
        return report

    def _with_standing(self, report: GroupReport, result: SubmissionResult, writer: GradebookWriter) -> GroupReport:
        """Return a report with the points and open matters of a group as they are recorded now."""
        facts = GroupFacts(
            group=result.group,
            score=writer.score(result.group),
            result=result,
            decisions=read_decisions(self._sheet, result.group),
            handed_in=result.handed_in,
            has_folder=True,
        )
        return with_standing(report, standing(facts, self._outline))

    def _learn_names(self, item: WorkItem) -> None:
        """Note who the members are: by what intake wrote down, the notebook's cell ``team``, or who handed in."""
        team = read_team(self._sheet.submitted_folder(item.group))
        listed = (members_in_notebook(work.submitted or b"") for work in item.notebooks)
        for members in (team.members, *listed, (Member(name=team.handed_in_by),)):
            if any(member.name for member in members):
                self._names[item.group] = first_and_last_names(members)
                return
