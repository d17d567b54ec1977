"""What a report is made of: where a class stands, what its sheet asks, and what people gave and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.course.directory import Sheet
from sheetgrader.course.questions import grade_id
from sheetgrader.course.regions import CourseDelimiters, split
from sheetgrader.errors import CourseError
from sheetgrader.marking.history import histories, is_of_gradebook
from sheetgrader.marking.rubric_file import read_rubrics, rubric_file
from sheetgrader.marking.rubrics import Rubric, Rule
from sheetgrader.marking.schemes import write_scheme
from sheetgrader.report.agreement import Agreement, agreements
from sheetgrader.report.class_statistics import VALUES, ClassStatistics, QuestionStatistics, class_statistics
from sheetgrader.report.notebooks import read_source_notebooks
from sheetgrader.report.rendering import Renderer
from sheetgrader.report.words import number
from sheetgrader.results import CellResult
from sheetgrader.store.decisions import AnyDecision, Marked, read_all_decisions
from sheetgrader.store.facts import Outline, State
from sheetgrader.store.open_matters import Action
from sheetgrader.store.standing import GroupStanding, QuestionStanding
from sheetgrader.store.standings import read_standings, sheet_outline

_NOT_IN_FILES: Final = re.compile(r"[^A-Za-z0-9_-]+")
_MOST_REASON: Final = 300
_FLAGS: Final = {
    Action.GRADE: "grade",
    Action.MARK: "mark",
    Action.LOOK_AGAIN: "look again",
    Action.SETTLE: "settle",
    Action.MEND_GRADER: "mend a grader",
    Action.ANSWER: "objection",
}


@dataclass(frozen=True)
class Asked:
    """One question of the sheet."""

    notebook: str
    name: str
    title: str
    max_points: float
    is_bonus: bool
    #: Begins the names of its pages.
    file: str
    #: What is asked, and how it is marked, as HTML.
    text: Markup
    scheme: Markup

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.notebook, self.name

    @property
    def page(self) -> str:
        """Its page, from the overview."""
        return f"questions/{self.file}.html"


@dataclass
class Tally:
    """One criterion, and how often it was judged."""

    grade_id: str
    test: str
    rubric: str
    judged: int = 0
    #: Not all points, by what went wrong.
    lost: dict[str, list[str]] = field(default_factory=dict)

    @property
    def groups(self) -> int:
        """How many groups it stopped."""
        return sum(map(len, self.lost.values()))


@dataclass(frozen=True)
class RubricLine:
    """One item of a rubric, and what the marks by it say."""

    #: What it is worth, and its text, as HTML: the course's own words.
    points: str
    text: Markup
    marked: int
    #: How many of the marked answers it applies to.
    applies: int
    #: How many it took points from: where it gives points and does not apply, or takes some and does.
    stopped: int


class ClassFacts:
    """Everything about a class but the answers themselves."""

    def __init__(self, sheet: Sheet) -> None:
        """Read it.

        Raises:
            SheetgraderError: gradebook, sheet or decisions cannot be read.
        """
        self.sheet = sheet
        self.outline: Outline = sheet_outline(sheet)
        self.standings: tuple[GroupStanding, ...] = tuple(read_standings(sheet).values())
        self.decisions: dict[str, tuple[AnyDecision, ...]] = read_all_decisions(sheet)
        self.delimiters = CourseDelimiters.of(sheet.course.config)
        self.sources = read_source_notebooks(sheet)

    @property
    def title(self) -> str:
        """What the sheet is called."""
        return (self.sheet.regulations and self.sheet.regulations.title) or self.sheet.name

    @cached_property
    def statistics(self) -> ClassStatistics:
        """How the class did."""
        return class_statistics(self.standings)

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """How far those agree who marked the same answers."""
        return agreements(self.decisions)

    @cached_property
    def rubric_lines(self) -> dict[tuple[str, str], list[RubricLine]]:
        """What the marks say about the lines of each question's rubrics, by question."""
        marks: dict[tuple[str, str], list[Marked]] = {}
        for of in self.decisions.values():
            for key, history in histories(of).items():
                if isinstance(history.counts, Marked):
                    marks.setdefault(key, []).append(history.counts)
        found: dict[tuple[str, str], list[RubricLine]] = {}
        for key, rubric in read_rubrics(self.sheet).items() if marks else ():
            if key not in self.outline.questions and key not in marks:
                continue
            found.setdefault(self.question_of(*key), []).extend(rubric_lines(rubric, marks.get(key, [])))
        return found

    @cached_property
    def _ruling(self) -> dict[tuple[str, str], Rubric]:
        """The rubrics that rule in the place of the source's schemes, once somebody has changed one."""
        rubrics = read_rubrics(self.sheet) if rubric_file(self.sheet).exists() else {}
        return {key: rubric for key, rubric in rubrics.items() if rubric.items}

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The questions with points, in the order of the sheet."""
        of_cells = [(notebook, name.name) for (notebook, _), name in self.outline.questions.items()]
        order = {key: position for position, key in enumerate(dict.fromkeys(of_cells))}
        found: dict[tuple[str, str], QuestionStanding] = {}
        for standing in self.standings:
            for question in standing.questions:
                found.setdefault((question.notebook, question.name), question)
        asked = sorted(
            (each for each in found.values() if each.max_points),
            key=lambda each: order.get((each.notebook, each.name), len(order)),
        )
        return tuple(self._asked(each, place) for place, each in enumerate(asked, start=1))

    def statistics_of(self, asked: Asked) -> QuestionStatistics | None:
        """Return how the class did with a question; None where nobody is graded."""
        return next((each for each in self.statistics.questions if (each.notebook, each.name) == asked.key), None)

    def question_of(self, notebook: str, cell: str) -> tuple[str, str]:
        """Return what the question of a cell is known by."""
        return notebook, self.outline.question(notebook, cell).name

    def _asked(self, question: QuestionStanding, place: int) -> Asked:
        slug = _NOT_IN_FILES.sub("-", question.name).strip("-")[:40]
        text, scheme = self._texts((question.notebook, question.name))
        return Asked(
            notebook=question.notebook,
            name=question.name,
            title=question.title,
            max_points=question.max_points,
            is_bonus=question.is_bonus,
            file=f"{place:02}-{slug}" if slug else f"{place:02}",
            text=text,
            scheme=scheme,
        )

    def _texts(self, key: tuple[str, str]) -> tuple[Markup, Markup]:
        """Return what a question asks, and its marking schemes: the course's own words."""
        notebook = self.sources.get(key[0])
        asked, schemes = [], []
        # Each is rendered by itself: a long one takes no room from the others.
        for cell in notebook.cells if notebook is not None else ():
            name = grade_id(cell)
            if not name or self.question_of(key[0], name) != key or cell.cell_type != "markdown":
                continue
            try:
                parts = split(cell.source, self.delimiters.mark_scheme)
            except CourseError:
                continue
            if (rubric := self._ruling.get((key[0], name))) is not None:
                schemes.append(Renderer().markdown(write_scheme(rubric)))
            elif parts.inside:
                schemes.append(Renderer().markdown("\n".join(parts.inside), cell.get("attachments")))
            elif not cell.metadata.nbgrader.get("solution"):
                asked.append(Renderer().markdown(cell.source, cell.get("attachments")))
        return Markup("").join(asked), Markup("").join(schemes)


def count(tallies: dict[tuple[str, str, str], Tally], cells: Iterable[CellResult]) -> None:
    """Count the criteria that were judged for a group."""
    for cell in cells:
        seen: set[str] = set()
        for criterion in cell.criteria:
            key = (cell.notebook, cell.grade_id, criterion.test)
            tally = tallies.setdefault(key, Tally(cell.grade_id, criterion.test, criterion.rubric))
            if criterion.test not in seen:
                seen.add(criterion.test)
                tally.judged += 1


def count_lost(tallies: dict[tuple[str, str, str], Tally], standings: Iterable[GroupStanding]) -> None:
    """Count what each criterion took points for, and from whom."""
    examples: dict[tuple[tuple[str, str, str], str, str], str] = {}
    for standing in standings:
        for lost in standing.lost:
            key = (lost.notebook, lost.grade_id, lost.test)
            tally = tallies.setdefault(key, Tally(lost.grade_id, lost.test, lost.rubric))
            kind = VALUES.sub("#", lost.message[:_MOST_REASON])
            reason = examples.setdefault(
                (key, lost.outcome.value, kind),
                " ".join(shortened(lost.message, _MOST_REASON).split()) or lost.outcome.value,
            )
            tally.lost.setdefault(reason, []).append(standing.group)


def rubric_lines(rubric: Rubric, marks: Sequence[Marked]) -> list[RubricLine]:
    """Return what marks say about each item of a rubric; nothing where nobody has marked by it."""
    marks = [mark for mark in marks if not is_of_gradebook(mark)]
    found = []
    for item in rubric.all_items() if marks else ():
        if not item.can_apply:
            continue
        applies = sum(bool(mark.applied.get(item.id)) for mark in marks)
        gives = item.rule is Rule.CREDIT
        sign = "" if gives else "−" if item.rule is Rule.DEDUCTION else f"{item.rule.value} "
        found.append(
            RubricLine(
                points=f"{sign}{number(item.points)}",
                text=Renderer().heading(item.text),
                marked=len(marks),
                applies=applies,
                stopped=len(marks) - applies if gives else applies,
            )
        )
    return found


def flags(standing: GroupStanding) -> list[str]:
    """Return in a word or two each what is to be known about a group."""
    found = [_FLAGS[action] for action in Action if standing.open_for(action)]
    if standing.settled is not None:
        found.append(f"settled: {standing.settled.kind.value}")
    if standing.is_late:
        found.append("late")
    if standing.state in (State.CANNOT_BE_GRADED, State.HANDED_IN_AGAIN, State.NOT_HANDED_IN):
        found.append(standing.state.value)
    return found


def group_page(group: str) -> str:
    """Return the address of a group's page, from the overview."""
    return f"groups/{quote(group)}.html"


def decided_points(standings: Sequence[GroupStanding], asked: Asked) -> list[float]:
    """Return the points that groups have for a question, of those of which all are decided."""
    return [
        question.points
        for standing in standings
        for question in standing.questions
        if (question.notebook, question.name) == asked.key and not question.open_points
    ]
