"""Courses that nbgrader and sheetgrader grade side by side, and what their gradebooks say afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from .commands import Command, Ended, run_commands
from .notebooks import Change, changed, to_bytes

#: nbgrader grades the sheets of a course in this many copies of it at the same time.
_COPIES = 2


@dataclass(frozen=True)
class Submission:
    """What one group hands in: by notebook, what it does with the released one, or the file itself; and other files."""

    notebooks: Mapping[str, Change | bytes]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """One sheet with its source notebooks and what was handed in, by group."""

    name: str
    notebooks: Mapping[str, NotebookNode | bytes]
    submissions: Mapping[str, Submission]
    files: Mapping[str, bytes] = field(default_factory=dict)
    #: The deadline, as nbgrader reads it.
    due: str | None = None


@dataclass(frozen=True)
class CourseDescription:
    """A course directory to be."""

    name: str
    assignments: Sequence[Assignment]
    #: What its ``nbgrader_config.py`` says on top of :data:`CONFIGURATION`.
    configuration: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


#: Nothing is preloaded, so that a command starts at once. nbgrader gives up nothing because the machine is busy, and
#: its kernels listen in the file system: on a busy machine, one time in a hundred, a port that was found to be free is
#: another program's when the kernel comes to open it, and nbgrader gives up the submission.
CONFIGURATION = """
import os
c = get_config()
c.Execute.startup_timeout = 600
c.Execute.iopub_timeout = 60
c.KernelManager.transport = "ipc"
c.KernelManager.ip = f"{os.environ['HOME']}/{os.getpid()}"
c.Sheetgrader.preload = []
"""
#: For notebooks that hang.
SHORT_CLOCK = "c.Execute.timeout = 3\n"


class Cell(NamedTuple):
    """What a gradebook says about one cell; scores are None and False where a cell only has a comment."""

    auto_score: float | None
    needs_manual_grade: bool
    auto_comment: str | None


class Grades(NamedTuple):
    """What a gradebook says about one submission."""

    cells: dict[tuple[str, str], Cell]
    scores: dict[str, float]
    late_penalties: dict[str, float | None]
    seconds_late: float


class Graded(NamedTuple):
    """A submission that was graded, in a copy of the course, by one of the two."""

    folder: Path
    assignment: str
    group: str
    #: The command that graded it, perhaps along with others.
    ended: Ended

    @property
    def grades(self) -> Grades | None:
        """What the gradebook says about the submission; None where it does not know it."""
        return read_grades(self.folder, self.assignment, self.group)

    def notebook(self, name: str) -> NotebookNode | None:
        """The autograded notebook, None where there is none."""
        path = self.folder / "autograded" / self.group / self.assignment / f"{name}.ipynb"
        return nbformat.read(path, as_version=4) if path.exists() else None


class Both(NamedTuple):
    """A submission that both have graded."""

    nbgrader: Graded
    sheetgrader: Graded


#: Submissions by course, assignment and group.
AllGraded = Mapping[tuple[str, str, str], Both]


def read_grades(folder: Path, assignment: str, group: str) -> Grades | None:
    """Read one submission out of a course's gradebook, through nbgrader's own interface."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        try:
            submission = gradebook.find_submission(assignment, group)
        except MissingEntry:
            return None
        cells: dict[tuple[str, str], Cell] = {}
        for notebook in submission.notebooks:
            comments = {comment.name: comment.auto_comment for comment in notebook.comments}
            grades = {grade.name: grade for grade in notebook.grades}
            for name in comments.keys() | grades.keys():
                grade: Any = grades.get(name)
                score, manual = (None, False) if grade is None else (grade.auto_score, grade.needs_manual_grade)
                cells[notebook.name, name] = Cell(score, manual, comments.get(name))
        return Grades(
            cells=cells,
            scores={notebook.name: notebook.score for notebook in submission.notebooks},
            late_penalties={notebook.name: notebook.late_submission_penalty for notebook in submission.notebooks},
            seconds_late=submission.total_seconds_late,
        )


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by relative path."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def grade_both(courses: Sequence[CourseDescription], folder: Path) -> AllGraded:
    """Release every sheet with nbgrader, then grade one copy of the course with nbgrader and another one with
    sheetgrader.
    """
    roots = [_write_source(course, folder / course.name / "released") for course in courses]
    run_commands([*_releases(course, str(root))] for course, root in zip(courses, roots, strict=True))
    queues: list[list[Command]] = []
    graded: list[list[list[tuple[str, str, str]]]] = []
    for course, root in zip(courses, roots, strict=True):
        _write_submissions(course, root)
        every = [
            (course.name, assignment.name, group)
            for assignment in course.assignments
            for group in assignment.submissions
        ]
        for number in range(_COPIES):
            copy = str(shutil.copytree(root, folder / course.name / f"nbgrader-{number}"))
            share = every[number::_COPIES]
            # One at a time, because nbgrader ends the whole command where a notebook is of another version.
            queues.append(
                [
                    Command(copy, ("nbgrader", "autograde", assignment, "--student", group))
                    for _, assignment, group in share
                ]
            )
            graded.append([[submission] for submission in share])
        copy = str(shutil.copytree(root, folder / course.name / "sheetgrader"))
        queues.append([Command(copy, ("sheetgrader", "grade", assignment.name)) for assignment in course.assignments])
        graded.append(
            [
                [submission for submission in every if submission[1] == assignment.name]
                for assignment in course.assignments
            ]
        )
    found: dict[str, dict[tuple[str, str, str], Graded]] = {"nbgrader": {}, "sheetgrader": {}}
    for queue, submissions, endings in zip(queues, graded, run_commands(queues), strict=True):
        for command, together, ended in zip(queue, submissions, endings, strict=True):
            for submission in together:
                found[command.line[0]][submission] = Graded(Path(command.folder), *submission[1:], ended)
    return {
        submission: Both(graded, found["sheetgrader"][submission]) for submission, graded in found["nbgrader"].items()
    }


def _releases(course: CourseDescription, root: str) -> Iterator[Command]:
    for assignment in course.assignments:
        yield Command(root, ("nbgrader", "generate_assignment", assignment.name))
        if assignment.due:
            yield Command(root, ("nbgrader", "db", "assignment", "add", assignment.name, "--duedate", assignment.due))


def submissions_of(*courses: CourseDescription) -> list[tuple[str, str, str]]:
    """All submissions of these courses: course, assignment and group."""
    return [
        (course.name, assignment.name, group)
        for course in courses
        for assignment in course.assignments
        for group in assignment.submissions
    ]


def _write_source(course: CourseDescription, root: Path) -> Path:
    write_files(root, {"nbgrader_config.py": (CONFIGURATION + course.configuration).encode(), **course.files})
    for assignment in course.assignments:
        source = root / "source" / assignment.name
        write_files(source, assignment.files)
        write_files(source, {f"{name}.ipynb": _as_file(content) for name, content in assignment.notebooks.items()})
    return root


def _write_submissions(course: CourseDescription, root: Path) -> None:
    for assignment in course.assignments:
        release = root / "release" / assignment.name
        for group, submission in assignment.submissions.items():
            folder = root / "submitted" / group / assignment.name
            folder.mkdir(parents=True)
            # As students do, each group hands in what it was given along with its notebooks.
            write_files(folder, {**assignment.files, **submission.files})
            for name, handed_in in submission.notebooks.items():
                content = (
                    handed_in
                    if isinstance(handed_in, bytes)
                    else changed((release / f"{name}.ipynb").read_bytes(), handed_in)
                )
                write_files(folder, {f"{name}.ipynb": content})


def _as_file(content: NotebookNode | bytes) -> bytes:
    return content if isinstance(content, bytes) else to_bytes(content)
