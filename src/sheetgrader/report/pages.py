"""The feedback page of a group: what it shows, and how it becomes HTML that is complete in itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup, escape
from nbformat import NotebookNode

from sheetgrader.boundary.plain_text import plain
from sheetgrader.course.questions import below_heading, facts, grade_id, heading
from sheetgrader.report.questions import Question
from sheetgrader.report.reasons import Reason
from sheetgrader.report.rendering import Renderer
from sheetgrader.report.templating import environment as template_environment
from sheetgrader.report.templating import fingerprint
from sheetgrader.report.unanswered import is_left
from sheetgrader.report.words import number, number_of_points
from sheetgrader.results import Outcome
from sheetgrader.store.objections import Exchange, Line

_TEMPLATES: Final = Path(__file__).parent / "templates"

_BACKTICKS: Final = re.compile(r"`([^`\n]+)`")

#: How an outcome is told to a student: a sign that needs no colour, and words.
OUTCOMES: Final = {
    Outcome.RIGHT: ("✓", "right"),
    Outcome.PARTLY_RIGHT: ("◐", "partly right"),
    Outcome.WRONG: ("✗", "not right"),
    Outcome.RAISED: ("✗", "raised an error"),
    Outcome.TIMED_OUT: ("✗", "took too long"),
    Outcome.OUT_OF_MEMORY: ("✗", "used too much memory"),
    Outcome.OUT_OF_PROCESSES: ("✗", "started too many processes"),
    Outcome.OUT_OF_DISK: ("✗", "wrote too much to the disk"),
    Outcome.KERNEL_DIED: ("✗", "ended the Python process"),
    Outcome.NOT_JUDGED: ("?", "a tutor will look at this"),
}


@dataclass(frozen=True)
class Trouble:
    """Why a cell did not do what it was meant to."""

    #: As a sentence; empty where its outputs say it.
    message: str = ""
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True)
class Block:
    """One cell as it is shown."""

    #: ``asked`` for the instructor's text, ``answer`` for the student's cells, ``given`` for code that came with the
    #: sheet.
    kind: str
    body: Markup
    outputs: Sequence[Markup] = ()
    #: The name that links lead to it by.
    anchor: str = ""
    #: What became of the cell where it did not run to its end, and why.
    trouble: Trouble | None = None
    #: Worth a look at once: code of the sheet that failed.
    failed: bool = False


@dataclass(frozen=True)
class Section:
    """One question as it is shown."""

    anchor: str
    title: Markup
    question: Question
    blocks: Sequence[Block]
    comments: Sequence[Markup]
    #: What of the rubric applies, by the names of cells: its points, if told, and its text.
    items: Mapping[str, Sequence[tuple[str, Markup]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Total:
    """The points of the whole sheet."""

    points: float
    #: Without those of bonus questions.
    max_points: float
    unmarked_points: float
    late_penalty: float
    #: Of bonus questions alone, which are among the points.
    bonus: float = 0.0
    max_bonus: float = 0.0


@dataclass(frozen=True)
class FeedbackPage:
    """Everything a group's page says."""

    sheet: str
    title: str
    group: str
    total: Total
    sections: Sequence[Section]
    notes: Sequence[str]
    #: Why the submission could not be graded at all.
    error: str
    #: Student code ran as a plain process, not locked in.
    unprotected: bool
    #: What was decided about it in the place of points.
    settled: str = ""
    #: What the group objected to and what was answered, by line.
    objections: Mapping[str, Sequence[Exchange]] = field(default_factory=dict)
    #: Those of them whose line is not on the page any more.
    other_objections: Sequence[str] = ()
    #: The error is none of the group's.
    error_is_ours: bool = False

    @property
    def anchors(self) -> frozenset[str]:
        """The cells that links can lead to."""
        return frozenset(block.anchor for section in self.sections for block in section.blocks)


def section(
    question: Question,
    anchor: str,
    renderer: Renderer,
    comments: Mapping[str, str],
    troubles: Mapping[int, Trouble],
    anchors: Mapping[int, str] | None = None,
) -> Section:
    """Render a question.

    Args:
        question: its cells are as students may see them.
        anchor: the name that links lead to it by.
        renderer: keeps account of what the page holds.
        comments: what tutors wrote, by the grade ids of the cells they wrote it on.
        troubles: what became of cells that failed, by their positions in the notebook.
        anchors: the names that links lead to cells by, by the same.
    """
    unanswered = {part.grade_id for part in question.parts if part.is_unanswered}
    first = question.cells[0] if question.cells else None
    titled = first is not None and heading(first) == question.title
    blocks = [
        block
        for index, (position, cell) in enumerate(zip(question.positions, question.cells, strict=True))
        if not renderer.is_full
        and not (question.is_unanswered and position not in troubles and is_left(cell, unanswered))
        and (
            block := _block(
                cell,
                renderer,
                troubles.get(position),
                (anchors or {}).get(position, ""),
                below_title=titled and index == 0,
            )
        )
    ]
    return Section(
        anchor=anchor,
        title=renderer.heading(question.title),
        question=question,
        blocks=blocks,
        comments=[renderer.comment(text) for text in comments_on(question, comments)],
        items={
            part.grade_id: [(item.points, renderer.comment(item.text)) for item in part.mark.items]
            for part in question.parts
        },
    )


def comments_on(question: Question, comments: Mapping[str, str]) -> list[str]:
    """Return what tutors wrote on a question: a comment belongs to it, wherever in it the tutor clicked."""
    names = dict.fromkeys([*map(grade_id, question.cells), *(part.grade_id for part in question.parts)])
    return [comments[name] for name in names if comments.get(name)]


def render(page: FeedbackPage) -> str:
    """Return the page as HTML: one file without scripts, that loads nothing."""
    style = _style()
    template = _environment().get_template("feedback.html")
    # Our own file.
    return template.render(page=page, style=Markup(style), fingerprint=fingerprint(style))  # noqa: S704


def _block(
    cell: NotebookNode, renderer: Renderer, trouble: Trouble | None, anchor: str, *, below_title: bool
) -> Block | None:
    known = facts(cell)
    own = bool(known.get("solution")) or not known.get("locked")
    if cell.cell_type == "markdown":
        source = below_heading(cell.source) if below_title else cell.source
        kind = "answer" if known.get("solution") else "asked"
        attachments = cell.get("attachments")
        return Block(kind, renderer.markdown(source, attachments), anchor=anchor) if source.strip() else None
    if cell.cell_type != "code":
        return None
    outputs = renderer.outputs(cell.get("outputs", []))
    tests = bool(known.get("grade")) and not known.get("solution")
    if not outputs and not trouble and (not cell.source.strip() or (tests and _only_comments(cell.source))):
        return None
    failed = any(output.get("output_type") == "error" for output in cell.get("outputs", []))
    return Block("answer" if own else "given", renderer.code(cell.source), outputs, anchor, trouble, failed)


def _only_comments(source: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in source.splitlines())


def with_code(text: str) -> Markup:
    """Return a sentence with what stands between backticks set as code, and everything in it escaped."""
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(plain(text)))))  # noqa: S704 # escaped just now


@cache
def _style() -> str:
    return (_TEMPLATES / "feedback.css").read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = template_environment(_TEMPLATES)
    environment.filters["number"] = number
    environment.filters["points"] = number_of_points
    environment.filters["with_code"] = with_code
    environment.globals["outcomes"] = OUTCOMES
    environment.globals["line_id"] = lambda notebook, grade_id, test="": (
        Line(notebook=notebook, grade_id=grade_id, test=test).id
    )
    return environment
