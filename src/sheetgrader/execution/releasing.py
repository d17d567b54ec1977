"""Releasing a sheet with its reference solution and its skeleton graded in a sandbox."""

from __future__ import annotations

from sheetgrader.course.directory import Sheet
from sheetgrader.execution.learning import Learning
from sheetgrader.execution.local import LocalPool
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.release.release import ReleaseReport, release


def checked_release(sheet: Sheet, zygote: Zygote) -> ReleaseReport:
    """Release ``sheet`` if everything about it is well, its reference solution graded in a sandbox included.

    Raises:
        SheetgraderError: the sheet cannot be read, or no sandbox can be had.
    """
    learning = Learning(sheet, zygote)
    with LocalPool(zygote.address, 1) as pool:

        def grade(item: WorkItem) -> GradedSubmission:
            zygote.wait_ready()
            pool.submit(item)
            graded = pool.take()
            learning.learn(graded)
            return graded

        report = release(sheet, grade=grade)
    learning.finish()
    return report
