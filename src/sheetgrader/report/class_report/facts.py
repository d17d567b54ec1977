"""What a report is made of: where a class stands, what its sheet asks, and what people gave and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import quote

from markupsafe import Markup
from nbformat import NotebookNode

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.course.directory import Sheet
from sheetgrader.course.questions import grade_id
from sheetgrader.course.regions import CourseDelimiters, split
from sheetgrader.course.source import read_notebook
from sheetgrader.errors import CourseError
from sheetgrader.report.agreement import Agreement, agreements
from sheetgrader.report.class_statistics import VALUES, ClassStatistics, QuestionStatistics, class_statistics
from sheetgrader.report.rendering import Renderer
from sheetgrader.results import CellResult
from sheetgrader.store.decisions import AnyDecision, Marked, Unmarked, read_all_decisions
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
class Applied:
    """One item of a rubric, and how many of the marked answers it applies to."""

    item: str
    groups: int
    marked: int


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
        self.sources = _sources(sheet)

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
        return tuple(self._asked(each, number) for number, each in enumerate(asked, start=1))

    def statistics_of(self, asked: Asked) -> QuestionStatistics | None:
        """Return how the class did with a question; None where nobody is graded."""
        return next((each for each in self.statistics.questions if (each.notebook, each.name) == asked.key), None)

    def question_of(self, notebook: str, cell: str) -> tuple[str, str]:
        """Return what the question of a cell is known by."""
        return notebook, self.outline.question(notebook, cell).name

    def _asked(self, question: QuestionStanding, number: int) -> Asked:
        slug = _NOT_IN_FILES.sub("-", question.name).strip("-")[:40]
        text, scheme = self._texts((question.notebook, question.name))
        return Asked(
            notebook=question.notebook,
            name=question.name,
            title=question.title,
            max_points=question.max_points,
            is_bonus=question.is_bonus,
            file=f"{number:02}-{slug}" if slug else f"{number:02}",
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
            if parts.inside:
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


def marks_that_count(decisions: Iterable[AnyDecision]) -> dict[tuple[str, str], Marked]:
    """Return the mark of each cell of a group that was given last and not taken back."""
    given: dict[tuple[str, str], list[Marked]] = {}
    for decision in decisions:
        if isinstance(decision, Marked):
            given.setdefault((decision.notebook, decision.grade_id), []).append(decision)
        elif isinstance(decision, Unmarked):
            earlier = given.pop((decision.notebook, decision.grade_id), [])
            if decision.back_to is not None:
                given[decision.notebook, decision.grade_id] = [e for e in earlier if e.when <= decision.back_to]
    return {key: marks[-1] for key, marks in given.items() if marks}


def applied_items(decisions: Mapping[str, Iterable[AnyDecision]]) -> dict[tuple[str, str], tuple[Applied, ...]]:
    """Return how many marked answers each item of a rubric applies to, by cell."""
    marked: Counter[tuple[str, str]] = Counter()
    times: dict[tuple[str, str], Counter[str]] = {}
    for of in decisions.values():
        for key, mark in marks_that_count(of).items():
            marked[key] += 1
            times.setdefault(key, Counter()).update(item for item, often in mark.applied.items() if often)
    return {
        key: tuple(Applied(item, groups, marked[key]) for item, groups in found.most_common())
        for key, found in times.items()
    }


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


def _sources(sheet: Sheet) -> dict[str, NotebookNode | None]:
    found: dict[str, NotebookNode | None] = {}
    for name, path in sheet.source_notebooks().items():
        try:
            found[name] = read_notebook(path).notebook
        except CourseError:
            found[name] = None
    return found
