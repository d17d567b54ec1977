"""Each group's answers made ready in fenced processes, as many at a time as there are cores, in the class's order."""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Self

import msgspec

from sheetgrader.course.submissions import read_what_can_be
from sheetgrader.report import scans
from sheetgrader.report.class_report.content import GroupContent, MadeReady
from sheetgrader.report.class_report.facts import ClassFacts
from sheetgrader.report.feedback_page import NotebookContent
from sheetgrader.report.notebooks import graded_notebook, instructors, released_answers
from sheetgrader.report.page_process import PageError, PageLimits, PageProcess
from sheetgrader.report.questions import Mark
from sheetgrader.report.scans import Scan, scans_of
from sheetgrader.results import SubmissionResult
from sheetgrader.store.facts import State
from sheetgrader.store.final_scores import FinalCell, FinalScore, read_final_scores
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.standing import GroupStanding

_MAKER: Final = "sheetgrader.report.class_report.content"
_LIMITS: Final = PageLimits(page_bytes=16 << 20)
#: Groups that are made ready before they are wanted, for each process: they wait in memory.
_AHEAD: Final = 3
#: Of a group's page, of which the rest has its share.
_SCAN_BYTES: Final = 1_800_000


@dataclass(frozen=True)
class GroupMaterial:
    """All that the pages need of one group."""

    standing: GroupStanding
    result: SubmissionResult | None
    made: MadeReady
    #: Why its answers are not there, as the end of a sentence; empty where they are.
    left_out: str = ""
    remarks: Sequence[str] = ()
    scans: Sequence[Scan] = ()


class Making:
    """Makes the material of all groups. A context manager."""

    def __init__(self, facts: ClassFacts, processes: int | None = None) -> None:
        """Read what all groups have in common.

        Args:
            facts: of the class.
            processes: how many work at a time; one for each core that this process may use where it is None.
        """
        self._facts = facts
        self._scores = read_final_scores(facts.sheet)
        self._released = released_answers(facts.sheet)
        self._processes = [PageProcess(_MAKER, _LIMITS) for _ in range(processes or len(os.sched_getaffinity(0)))]
        #: Started only where somebody has handed in a scan; its pages are few and large, and made one after another.
        self._scanner = PageProcess(scans.MAKER, scans.PAGE_LIMITS)
        self._scanning = threading.Lock()
        marks = (facts.delimiters.hidden_tests, facts.delimiters.mark_scheme)
        self._delimiters = tuple((kind.begin, kind.end) for kind in marks)

    def __enter__(self) -> Self:
        self._free: queue.SimpleQueue[PageProcess] = queue.SimpleQueue()
        for process in self._processes:
            process.__enter__()
            self._free.put(process)
        self._pool = ThreadPoolExecutor(len(self._processes))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for process in (*self._processes, self._scanner):
            process.close()

    def materials(self) -> Iterator[GroupMaterial]:
        """Yield the material of each group, in the class's order.

        Raises:
            SheetgraderError: nothing can be made at all.
        """
        waiting: deque[Future[GroupMaterial]] = deque()
        for standing in self._facts.standings:
            waiting.append(self._pool.submit(self._material, standing))
            if len(waiting) > _AHEAD * len(self._processes):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _material(self, standing: GroupStanding) -> GroupMaterial:
        result = read_result(self._facts.sheet, standing.group)
        score = self._scores.get(standing.group)
        if score is None or not standing.questions:
            return GroupMaterial(standing, result, MadeReady(), scans=self._scans(standing.group))
        shown = self._scans(standing.group)
        process = self._free.get()
        try:
            made = process.make(msgspec.msgpack.encode(self._content(standing, score, result)))
            return GroupMaterial(standing, result, msgspec.msgpack.decode(made, type=MadeReady), scans=shown)
        except (PageError, msgspec.MsgspecError) as error:
            why = str(error) if isinstance(error, PageError) else "what came back cannot be read"
            remark = f"The answers are not shown, because {why}; look at what was handed in."
            return GroupMaterial(standing, result, MadeReady(), left_out=why, remarks=(remark,), scans=shown)
        finally:
            self._free.put(process)

    def _scans(self, group: str) -> tuple[Scan, ...]:
        """Return the PDFs that a group has handed in; nothing else of its folder is read."""
        sheet = self._facts.sheet
        if not any(scans.pdfs(names) for _, _, names in os.walk(sheet.submitted_folder(group))):
            return ()
        files = read_what_can_be(sheet, group).files
        with self._scanning:
            return scans_of(self._scanner, files, _SCAN_BYTES)

    def _content(self, standing: GroupStanding, score: FinalScore, result: SubmissionResult | None) -> GroupContent:
        folder = self._facts.sheet.autograded_folder(score.group)
        notebooks = []
        for name in sorted(self._facts.sources or {cell.notebook for cell in score.cells}):
            content, missing = graded_notebook(folder / f"{name}.ipynb")
            outline = self._facts.sources.get(name)
            notebooks.append(
                NotebookContent(
                    name=name,
                    content=content,
                    missing=missing,
                    marks={cell.grade_id: _mark(cell) for cell in score.cells if cell.notebook == name},
                    comments={
                        each.grade_id: each.manual for each in score.comments if each.notebook == name and each.manual
                    },
                    instructors=None if outline is None else instructors(outline),
                    released={} if outline is None else self._released.get(name, {}),
                )
            )
        cells = result.cells if result is not None else ()
        return GroupContent(
            notebooks=tuple(notebooks),
            cells=cells,
            delimiters=self._delimiters,
            is_unread=standing.state is State.CANNOT_BE_GRADED,
        )


def _mark(cell: FinalCell) -> Mark:
    return Mark(
        None if cell.is_undecided else cell.points,
        cell.max_points,
        by_tutor=cell.manual_points is not None,
        is_earlier=cell.has_earlier_mark,
    )
