"""``sheetgrader demo``: a small class from start to end, in a folder of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sheetgrader.commands.feedback import tell_feedback, write_pages
from sheetgrader.commands.grade import shown
from sheetgrader.commands.output import INTERRUPTED, Output
from sheetgrader.commands.release import tell_release
from sheetgrader.errors import UsageError
from sheetgrader.execution.choosing import number_of_workers
from sheetgrader.execution.warm_start import WarmStart
from sheetgrader.extras import require
from sheetgrader.sandbox.limits import Isolation

if TYPE_CHECKING:
    # Importing these takes time, and the zygote is to start before that.
    from sheetgrader.audit.example_class import Example
    from sheetgrader.course.directory import Course, Sheet
    from sheetgrader.course.settings import Sheetgrader
    from sheetgrader.kernels.launcher import Zygote

#: Says that a folder may be thrown away.
_MARK: Final = ".sheetgrader-demo"
_SCAN: Final = "our-proofs.pdf"
_CONFIG: Final = "nbgrader_config.py"
#: What the sheets import, below the configuration of a new course.
_PRELOAD: Final = b'c.Sheetgrader.preload = ["numpy", "matplotlib.pyplot", "torch", "torchvision"]\n'
#: A class that hangs and hoards on purpose need not be given as much time and memory as students.
_LIMITS: Final = {"cell_seconds": 3, "call_seconds": 2, "question_seconds": 6, "memory_bytes": 512 << 20}


def demo(folder: Path, directory: Path, output: Output, *, isolation: Isolation | None) -> int:
    """Release a sheet, hand in a class, grade it and write feedback in ``directory``; return the exit code.

    Args:
        folder: the course whose sheets are shown, where it has them; nothing in it is changed. Otherwise those are
            shown that come with the package.
        directory: a new folder, or one that an earlier demonstration made.
        output: where to tell it.
        isolation: how student code is kept apart; None for the course's setting.

    Raises:
        SheetgraderError: ``folder`` has no sheet to show, or the machine is not fit for grading.
    """
    started = time.monotonic()
    with WarmStart(isolation) as warm:
        from sheetgrader.execution.local import warm_up

        warm_up()
        from sheetgrader.audit.example_class import LIBRARIES, SHEETS
        from sheetgrader.course.directory import Course

        require("demo", *LIBRARIES, needed_by="the demonstration")
        _copy_course(_course_with(SHEETS, folder), directory, SHEETS)
        course = Course.load(directory)
        zygote = warm.fitted(course)
        whole, *others = SHEETS
        code = _show_whole_class(course.sheet(whole), zygote, output)
        for name in others:
            code = code or _show_few(course.sheet(name), zygote, output)
    if code:
        return code
    _tell_where_to_look(course, output, time.monotonic() - started)
    return 0


def _course_with(sheets: tuple[str, ...], folder: Path) -> Path:
    """Return the course that has the sheets to show: ``folder``, or the one that comes with the package."""
    from sheetgrader.audit.example_class import shipped_course

    candidates = (folder, shipped_course())
    for candidate in candidates:
        if all((candidate / "source" / name).is_dir() for name in sheets):
            return candidate
    raise UsageError(
        f"the sheets to show are neither in {folder.absolute()} nor in this installation of sheetgrader; install it"
        " anew with pip, or run the command in a checkout of its repository"
    )


def _copy_course(folder: Path, directory: Path, sheets: tuple[str, ...]) -> None:
    if directory.exists() and not (directory / _MARK).exists():
        raise UsageError(
            f"{directory.absolute()} exists and was not made by a demonstration; name another folder with --directory"
        )
    try:
        if directory.exists():
            shutil.rmtree(directory)
        directory.mkdir(parents=True)
        (directory / _MARK).touch()
        (directory / _CONFIG).write_bytes(_configuration(folder))
        for kind in ("source", "grader_tests", "solutions"):
            for name in filter(lambda name: (folder / kind / name).is_dir(), sheets):
                shutil.copytree(
                    folder / kind / name,
                    directory / kind / name,
                    ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
                )
    except OSError as error:
        raise UsageError(f"{error.filename or directory} cannot be copied or written: {error.strerror}") from None


def _configuration(folder: Path) -> bytes:
    """Return the configuration of the course to show; what comes with the package has that of a new course."""
    from sheetgrader.starting.template import configuration

    own = folder / _CONFIG
    return own.read_bytes() if own.exists() else configuration() + _PRELOAD


def _show_whole_class(sheet: Sheet, zygote: Zygote, output: Output) -> int:
    """Take one sheet from its source to feedback, with a class of all kinds."""
    from sheetgrader.audit.example_class import submissions
    from sheetgrader.execution.releasing import checked_release

    with output.waiting(f"Releasing {sheet.name}"):
        released = checked_release(sheet, zygote)
    tell_release(sheet, released, output)
    if not released.released:
        return 1
    settings = sheet.course.settings
    usual = {name: getattr(settings, name) for name in _LIMITS}
    try:
        _set(settings, _LIMITS)
        return _grade(sheet, submissions, zygote, output)
    finally:
        _set(settings, usual)


def _show_few(sheet: Sheet, zygote: Zygote, output: Output) -> int:
    """Take one sheet from its source to feedback, with some groups that have not got far."""
    from sheetgrader.audit.example_class import few_submissions
    from sheetgrader.release.release import release

    # The reference solutions train networks for longer than a demonstration should take.
    released = release(sheet, grade=None)
    tell_release(sheet, released, output)
    if not released.released:
        return 1
    return _grade(sheet, few_submissions, zygote, output)


def _set(settings: Sheetgrader, values: Mapping[str, int]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


def _grade(sheet: Sheet, hand_in: Callable[[Example], Mapping[str, bytes]], zygote: Zygote, output: Output) -> int:
    from sheetgrader.audit.example_class import WITH_ALL_FILES, few_scans, read_example
    from sheetgrader.commands.summary import tell
    from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
    from sheetgrader.store.final_scores import read_final_scores

    example = read_example(sheet, sheet.release_folder)
    for group, notebook in hand_in(example).items():
        handed_in = sheet.submitted_folder(group)
        handed_in.mkdir(parents=True)
        (handed_in / f"{sheet.name}.ipynb").write_bytes(notebook)
        if group.startswith(WITH_ALL_FILES):
            for name, content in sheet.solution_files().items():
                (handed_in / name).write_bytes(content)
    for group, scanned in few_scans(example).items():
        (sheet.submitted_folder(group) / _SCAN).write_bytes(scanned)
    groups = sheet.submissions()
    output.say(f"{len(groups)} groups have handed in.")
    workers = min(number_of_workers(0, sheet.course.settings.workers), len(groups))
    report = shown(ClassGrading(sheet, groups, zygote, GradeOptions(workers)), len(groups), output)
    tell(report, output, results_folder=str(sheet.course.reports_folder / sheet.name), verbose=True)
    if report.interrupted:
        return INTERRUPTED
    pages = write_pages(sheet, list(read_final_scores(sheet).values()), output)
    tell_feedback(sheet, pages, output)
    return 0


def _tell_where_to_look(course: Course, output: Output, seconds: float) -> None:
    sheet = course.sheet(course.sheets()[0])
    output.say()
    output.say(f"Done in {seconds:.0f} s. Look at:", "bold")
    for what, path in (
        ("the skeleton that students get", sheet.release_folder),
        ("what the groups handed in", course.root / course.coursedir.submitted_directory),
        ("a group's feedback", sheet.feedback_folder("partly-right-1") / f"{sheet.name}.html"),
        ("the graded notebooks", course.root / course.coursedir.autograded_directory),
        ("every verdict with its inputs and times", course.reports_folder / sheet.name / "results"),
    ):
        output.say(f"  {what + ':':<42}{path}")
    output.say("In that folder, tutors go on with:", "bold")
    for what, command in (
        ("mark what is left to people", f"sheetgrader mark {sheet.name}"),
        ("see how the class did, and its plots", f"sheetgrader report {sheet.name}"),
    ):
        output.say(f"  {what + ':':<42}cd {course.root} && {command}")
