"""Regions between delimiters that nbgrader removes from what students get: solutions, hidden tests, marking schemes."""

from __future__ import annotations

from dataclasses import dataclass

from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from traitlets.config import Config

from sheetgrader.course.directory import nbgrader_log


@dataclass(frozen=True)
class Delimiters:
    """How one kind of region is marked: nbgrader looks for these texts anywhere in a line."""

    begin: str
    end: str
    #: Whether nbgrader refuses such a region in a cell of another kind than the one it belongs to.
    enforced: bool


@dataclass(frozen=True)
class CourseDelimiters:
    """The delimiters that a course is configured with, and what takes the place of solutions."""

    solution: Delimiters
    hidden_tests: Delimiters
    mark_scheme: Delimiters
    code_stubs: dict[str, str]
    text_stub: str

    @classmethod
    def of(cls, config: Config) -> CourseDelimiters:
        """Return what ``config`` sets, with nbgrader's defaults for the rest."""
        solutions = ClearSolutions(config=config, log=nbgrader_log)
        tests = ClearHiddenTests(config=config, log=nbgrader_log)
        scheme = ClearMarkScheme(config=config, log=nbgrader_log)
        return cls(
            Delimiters(
                solutions.begin_solution_delimeter, solutions.end_solution_delimeter, solutions.enforce_metadata
            ),
            Delimiters(tests.begin_test_delimeter, tests.end_test_delimeter, tests.enforce_metadata),
            Delimiters(scheme.begin_mark_scheme_delimeter, scheme.end_mark_scheme_delimeter, scheme.enforce_metadata),
            dict(solutions.code_stub),
            solutions.text_stub,
        )

    @property
    def all(self) -> tuple[Delimiters, Delimiters, Delimiters]:
        """The delimiters in the order in which nbgrader removes their regions."""
        return self.solution, self.hidden_tests, self.mark_scheme


@dataclass(frozen=True)
class Split:
    """A cell's lines, sorted by whether they lie in a region."""

    inside: tuple[str, ...]
    outside: tuple[str, ...]
    #: Whether there is a region at all.
    found: bool
    #: The numbers of the lines inside.
    numbers: tuple[int, ...] = ()
    #: What is wrong with the delimiters, as the end of a sentence that begins with the cell.
    problem: str = ""


def split(source: str, delimiters: Delimiters) -> Split:
    """Sort the lines of ``source`` as nbgrader does, and say what is wrong with its delimiters."""
    inside: dict[int, str] = {}
    outside: list[str] = []
    opened = 0
    found, problem = False, ""
    for number, line in enumerate(source.split("\n"), start=1):
        if delimiters.begin in line:
            if opened:
                problem = (
                    problem
                    or f"line {number}: {delimiters.begin!r} stands inside the region that began in line {opened}"
                )
            opened, found = number, True
        elif delimiters.end in line:
            if not opened:
                problem = problem or f"line {number}: {delimiters.end!r} ends a region that never began"
            opened = 0
        elif opened:
            inside[number] = line
        else:
            outside.append(line)
    if opened:
        problem = problem or f"line {opened}: {delimiters.begin!r} is never closed; write {delimiters.end!r} below it"
    return Split(tuple(inside.values()), tuple(outside), found, tuple(inside), problem)


def as_handed_in(source: str, delimiters: CourseDelimiters) -> str:
    """Return an instructor's answer as a student would hand it in: without delimiters, and without what only
    instructors read.
    """
    for kind in (delimiters.hidden_tests, delimiters.mark_scheme):
        source = "\n".join(split(source, kind).outside)
    marks = delimiters.solution.begin, delimiters.solution.end
    return "\n".join(line for line in source.split("\n") if not any(mark in line for mark in marks))
