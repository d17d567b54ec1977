from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from sheetgrader.commands.feedback import feedback
from sheetgrader.commands.output import Output
from sheetgrader.course.directory import Sheet
from sheetgrader.course.submissions import submission_digest
from sheetgrader.errors import SheetgraderError
from sheetgrader.items import GradedNotebook, GradedSubmission
from sheetgrader.marking.rubric_file import write_rubrics
from sheetgrader.marking.rubrics import Item, Rubric
from sheetgrader.report.feedback import MAKER, FeedbackWriter, WrittenPage
from sheetgrader.report.page_process import PageProcess
from sheetgrader.results import CellResult, CellRun, CriterionResult, Outcome, SubmissionResult
from sheetgrader.store.database import open_gradebook, read_source_cells
from sheetgrader.store.decisions import Marked, Settled, SettlementKind, add_decisions, now
from sheetgrader.store.final_scores import read_final_scores
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.material import build_item, sheet_material
from sheetgrader.store.standings import read_standings

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

SECRETS = (
    "canary of the solution",
    "canary of a hidden test",
    "canary of the marking scheme",
    "canary for instructors only",
)


def _criterion(name: str, outcome: Outcome, message: str = "", hint: str = "") -> CriterionResult:
    return CriterionResult(
        name=f"test_sheet.py::{name}",
        rubric=f"`f` {name.replace('_', ' ')}.",
        weight=1,
        outcome=outcome,
        fraction=1.0 if outcome is Outcome.RIGHT else 0.0,
        message=message,
        hint=hint,
        detail=SECRETS[3],
    )


class GradedCourse:
    """A course whose one sheet is released, handed in by a group and graded, with results made here."""

    def __init__(self, builder: CourseBuilder, process: PageProcess) -> None:
        self._builder = builder
        self._process = process
        self.sheet = builder.load().sheet("sheet")

    @classmethod
    def make(cls, build: CourseBuilder, process: PageProcess) -> GradedCourse:
        """Write the course, release its sheet and grade a group."""
        scheme = f"### BEGIN HIDDEN TESTS\nassert f(3) == 9, '{SECRETS[1]}'\n### END HIDDEN TESTS"
        build.source(
            build.locked("ex1a", "## 1a) Squares (2 points)\n\nWrite $f(x) = x^2$.", markdown=True),
            build.answer("ex1a_code", f"### BEGIN SOLUTION\nf = lambda x: x * x  # {SECRETS[0]}\n### END SOLUTION"),
            build.tests("ex1a_test", f"# judged\n{scheme}", points=2),
            build.answer(
                "ex1a_text",
                f"=== BEGIN MARK SCHEME ===\n{SECRETS[2]}\n=== END MARK SCHEME ===",
                points=3,
                markdown=True,
            ),
            build.task(
                "ex1b", f"## 1b) Draw it\n=== BEGIN MARK SCHEME ===\n{SECRETS[2]}\n=== END MARK SCHEME ===", points=1
            ),
        )
        build.write("grader_tests/sheet/test_sheet.py", f"secret = '{SECRETS[1]}'\n")
        course = cls(build, process)
        sheet_material(course.sheet)
        course.grade()
        return course

    def submitted_cells(
        self, code: str = "def f(x):\n    return x", text: str = "It is **clear**."
    ) -> list[NotebookNode]:
        """A group's notebook: the sheet's cells with these answers."""
        build = self._builder
        return [
            build.locked("ex1a", "## 1a) Squares (2 points)\n\nWrite $f(x) = x^2$.", markdown=True),
            build.answer("ex1a_code", code),
            build.tests("ex1a_test", f"# judged\n### BEGIN HIDDEN TESTS\n{SECRETS[1]}\n### END HIDDEN TESTS", points=2),
            build.answer("ex1a_text", text, points=3, markdown=True),
            build.task(
                "ex1b", f"## 1b) Draw it\n=== BEGIN MARK SCHEME ===\n{SECRETS[2]}\n=== END MARK SCHEME ===", points=1
            ),
        ]

    def grade(
        self,
        group: str = "noether",
        *,
        code: str = "def f(x):\n    return x",
        text: str = "It is **clear**.",
        notes: tuple[str, ...] = (),
        error: str = "",
        isolation: str = "sandbox",
        runs: tuple[CellRun, ...] = (),
        criteria: tuple[CriterionResult, ...] = (),
        more_criteria: tuple[CriterionResult, ...] = (),
    ) -> None:
        """Record a result as grading would."""
        notebook = self._builder.notebook(*self.submitted_cells(code, text))
        self._builder.write(f"submitted/{group}/sheet/sheet.ipynb", notebook)
        criteria = criteria or (
            _criterion("is_right_at_zero", Outcome.RIGHT),
            _criterion("is_right_elsewhere", Outcome.WRONG, "f(3) returned 3. <b>It</b> is not right.", "Square it."),
            *more_criteria,
        )
        judged = not error
        cells = (
            CellResult(
                notebook="sheet",
                grade_id="ex1a_test",
                max_points=2,
                points=float(any(each.fraction for each in criteria)) if judged else None,
                outcome=Outcome.PARTLY_RIGHT if judged else Outcome.NOT_JUDGED,
                criteria=criteria if judged else (),
            ),
            CellResult(notebook="sheet", grade_id="ex1a_text", max_points=3, points=None, outcome=None),
            CellResult(notebook="sheet", grade_id="ex1b", max_points=1, points=None, outcome=None),
        )
        result = SubmissionResult(
            sheet="sheet",
            group=group,
            cells=cells,
            notes=notes,
            error=error,
            isolation=isolation,
            runs=runs,
            digest="digest",
        )
        notebooks = (GradedNotebook(name="sheet", content=notebook),) if judged else ()
        item = build_item(self.sheet, group)
        with gradebook_writer(self.sheet) as writer:
            writer.record(GradedSubmission(result=result, notebooks=notebooks), item if judged else None, None)

    def tutor(self, change: Callable[[Gradebook], None]) -> None:
        """Change the gradebook as the formgrader does."""
        with open_gradebook(self.sheet.course) as gradebook:
            change(gradebook)
            gradebook.db.commit()

    def write(self, group: str = "noether") -> WrittenPage:
        """Write a group's page."""
        sheet = self._builder.load().sheet("sheet")
        return FeedbackWriter(sheet, self._process).write(read_final_scores(sheet)[group], read_standings(sheet)[group])

    def page(self, group: str = "noether") -> str:
        """Write a group's page and return it."""
        return Path(self.write(group).path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def process() -> Iterator[PageProcess]:
    with PageProcess(MAKER) as started:
        yield started


@pytest.fixture(scope="module")
def kept_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the course is kept once it was made: a copy is there at once, a gradebook takes a while to make."""
    return tmp_path_factory.mktemp("kept") / "course"


@pytest.fixture
def graded(builder: CourseBuilder, kept_course: Path, process: PageProcess) -> GradedCourse:
    if kept_course.exists():
        shutil.copytree(kept_course, builder.root)
        return GradedCourse(builder, process)
    course = GradedCourse.make(builder, process)
    shutil.copytree(builder.root, kept_course)
    return course


def _words(page: str) -> str:
    """Return the page's text without the short names of its lines."""
    page = re.sub(r'<span class="line">[^<]*</span>', " ", page)
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_page_says_what_was_earned_asked_and_lost(graded: GradedCourse) -> None:
    words = _words(graded.page())
    assert "Feedback for noether" in words
    assert "1 of 6 points" in words
    assert "A tutor has still to mark 4 points of it." in words
    assert (
        "f is right elsewhere. not right 0 / 1 f(3) returned 3. &lt;b&gt;It&lt;/b&gt; is not right. Hint: Square it."
        in words
    )
    assert "f is right at zero. right 1 / 1" in words
    assert "It is clear ." in words
    assert "def f ( x ):" in words


def test_page_says_what_does_not_count_and_why(graded: GradedCourse) -> None:
    copies = msgspec.structs.replace(
        _criterion("copies", Outcome.RIGHT), fraction=0.0, unmet=("`f` is right elsewhere.",)
    )
    graded.grade(more_criteria=(copies,))
    assert "f copies. does not count 0 / 0.667 It does not count until this is fulfilled: f is right elsewhere." in (
        _words(graded.page())
    )


def test_page_is_complete_in_itself_and_allows_nothing(graded: GradedCourse) -> None:
    page = graded.page()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert style is not None
    assert policy is not None
    fingerprint = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert (
        policy[1]
        == f"default-src 'none'; img-src data:; style-src 'sha256-{fingerprint}'; base-uri 'none'; form-action 'none'"
    )
    assert "<script" not in page
    assert " style=" not in page
    assert re.findall(r'(?:src|href)="(?!#)([^"]{0,40})', page) == []


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_that_is_not_for_students_is_on_the_page(graded: GradedCourse, secret: str) -> None:
    assert secret not in graded.page()


def test_text_of_students_is_not_obeyed(graded: GradedCourse) -> None:
    graded.grade(
        code="# </pre><script>alert(1)</script>",
        text="<img src=x onerror=alert(1)> <script>alert(1)</script>",
        notes=("<script>note</script>",),
    )
    page = graded.page()
    assert "<script" not in page
    assert "onerror" not in page
    assert "&lt;script&gt;note&lt;/script&gt;" in page


def test_marks_and_comments_of_tutors_are_on_the_page(graded: GradedCourse) -> None:
    def mark(gradebook: Gradebook) -> None:
        test = gradebook.find_grade("ex1a_test", "sheet", "sheet", "noether")
        test.manual_score = 1.5
        text = gradebook.find_grade("ex1a_text", "sheet", "sheet", "noether")
        text.manual_score, text.extra_credit, text.needs_manual_grade = 2.5, 0.25, False
        gradebook.find_comment(
            "ex1a_text", "sheet", "sheet", "noether"
        ).manual_comment = "Nice, **but** $x$ may be negative. <script>"
        gradebook.find_submission_notebook("sheet", "sheet", "noether").late_submission_penalty = 0.5

    graded.tutor(mark)
    page = graded.page()
    words = _words(page)
    assert "3.75 of 6 points" in words
    assert "A tutor has still to mark 1 point of it." in words
    assert "Handed in late: 0.5 points were taken off." in words
    assert "A tutor gave 1.5 of 2 points here, instead of what the checks below add up to." in words
    assert "Marked by a tutor ( ex1a_text ): 2.75 / 3 points" in words
    assert "<strong>but</strong>" in page
    assert "<script" not in page


def _mark_text(graded: GradedCourse, points: float) -> None:
    """Give a mark by the rubric, as the marking page does, and ``points`` in the gradebook."""
    sign, step = (Item(id="a", points=2, text="The *sign* is justified."), Item(id="b", points=1, text="Each step."))
    rubric = Rubric(notebook="sheet", grade_id="ex1a_text", max_points=3, items=(sign, step))
    write_rubrics(graded.sheet, [rubric])
    mark = Marked(
        by="ada",
        when=now(),
        notebook="sheet",
        grade_id="ex1a_text",
        answer="",
        applied={"a": 1},
        points=2,
        why="secret",
    )
    add_decisions(graded.sheet, "noether", [mark])

    def give(gradebook: Gradebook) -> None:
        text = gradebook.find_grade("ex1a_text", "sheet", "sheet", "noether")
        text.manual_score, text.needs_manual_grade = points, False
        gradebook.find_comment("ex1a_text", "sheet", "sheet", "noether").manual_comment = "Almost."

    graded.tutor(give)


def test_items_of_the_rubric_that_apply_are_on_the_page(graded: GradedCourse) -> None:
    _mark_text(graded, 2)
    words = _words(graded.page())
    assert "Marked by a tutor ( ex1a_text ): 2 / 3 points +2 The sign is justified. " in words
    assert "Each step." not in words
    assert "Your tutor Almost." in words
    assert "secret" not in words


def test_a_mark_that_was_overruled_in_the_gradebook_is_told_as_it_is_there(graded: GradedCourse) -> None:
    _mark_text(graded, 2.5)
    words = _words(graded.page())
    assert "Marked by a tutor ( ex1a_text ): 2.5 / 3 points" in words
    assert "justified" not in words
    assert "Your tutor Almost." in words


def test_nbgraders_own_remark_is_nobodys_comment(graded: GradedCourse) -> None:
    def leave(gradebook: Gradebook) -> None:
        gradebook.find_comment("ex1a_text", "sheet", "sheet", "noether").auto_comment = "No response."
        # Who clicks into its field in the formgrader and out again has written it.
        gradebook.find_comment("ex1b", "sheet", "sheet", "noether").manual_comment = "No response."

    graded.tutor(leave)
    words = _words(graded.page())
    assert "No response" not in words
    assert "Your tutor" not in words


def test_what_was_left_as_it_was_given_out_is_one_line(graded: GradedCourse) -> None:
    with open_gradebook(graded.sheet.course) as gradebook:
        _, cells = (read_source_cells(gradebook, "sheet") or {})["sheet"]
    stub = next(cell.source for cell in cells if cell.grade_id == "ex1a_code")
    failed = CriterionResult(
        name="test_sheet.py::test_zero",
        rubric="It is right.",
        weight=1,
        outcome=Outcome.WRONG,
        fraction=0,
        hint="Do it.",
    )
    graded.grade(code=stub, criteria=(failed,))
    page = graded.page()
    assert "You left this unanswered ( ex1a_test )." in _words(page)
    assert "Do it." not in page
    assert "It is right." not in page


def test_promises_are_made_only_while_somebody_is_to_mark(graded: GradedCourse) -> None:
    promise = "The cell ex1b was missing from the notebook and was put back; a tutor will look at it."
    graded.grade(notes=(promise,))
    assert promise in _words(graded.page())
    assert "ex1b : to be marked" not in _words(graded.page())

    def mark(gradebook: Gradebook) -> None:
        task = gradebook.find_grade("ex1b", "sheet", "sheet", "noether")
        task.manual_score, task.needs_manual_grade = 1, False

    graded.tutor(mark)
    assert "was missing from the notebook and was put back. " in _words(graded.page())
    handed_in = submission_digest(graded.sheet, "noether")
    add_decisions(
        graded.sheet, "noether", [Settled(by="ada", when=now(), kind=SettlementKind.EXCUSED, handed_in=handed_in)]
    )
    words = _words(graded.page())
    assert "A tutor has still to mark" not in words
    assert "to be marked" not in words


def test_submission_that_could_not_be_graded_says_why(graded: GradedCourse) -> None:
    graded.grade("gauss", error="sheet.ipynb is no notebook: it is no JSON")
    words = _words(graded.page("gauss"))
    assert "This submission could not be graded What you handed in could not be read" in words
    assert "hand in again; or ask your tutor. What was found: sheet.ipynb is no notebook: it is no JSON" in words
    assert "0 of 6 points" in words
    # Whoever decides what becomes of it is no tutor who marks.
    assert "A tutor has still to mark" not in words
    assert "? / 5 – not graded" in words


def test_cell_that_was_stopped_is_named(graded: GradedCourse) -> None:
    run = CellRun(notebook="sheet", cell="ex1a_code", outcome=Outcome.TIMED_OUT, message="It was stopped after 30 s.")
    graded.grade(runs=(run,))
    assert "It was stopped after 30 s." in _words(graded.page())


def test_grading_without_a_sandbox_is_spelled_out(graded: GradedCourse) -> None:
    assert "without a sandbox" not in graded.page()
    graded.grade(isolation="process")
    assert "graded without a sandbox ( --isolation process )" in _words(graded.page())


def test_regulations_give_title_and_bonus(graded: GradedCourse, builder: CourseBuilder) -> None:
    builder.write("source/sheet/sheet.toml", 'title = "Squares & roots"\nbonus = ["ex1b"]\n')
    words = _words(graded.page())
    assert "sheet Squares &amp; roots Feedback for noether 1 of 5 points" in words
    assert "1b) Draw it (bonus)" in words
    assert "1a) Squares (bonus)" not in words
    assert graded.write().max_points == 5


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', ""])
def test_graded_notebook_that_was_damaged_later_costs_only_itself(
    graded: GradedCourse, builder: CourseBuilder, content: str
) -> None:
    path = graded.sheet.autograded_folder("noether") / "sheet.ipynb"
    path.chmod(0o644)
    path.write_text(content)
    words = _words(graded.page())
    assert "The graded sheet.ipynb cannot be read, so it is not shown." in words
    assert "1 of 6 points" in words


def test_what_a_group_wrote_between_an_instructors_marks_is_shown(graded: GradedCourse) -> None:
    graded.grade(
        code="def f(x):\n    return x\n### BEGIN HIDDEN TESTS\nstands_here = 1\n### END HIDDEN TESTS",
        text="=== BEGIN MARK SCHEME ===\nand here\n=== END MARK SCHEME ===",
    )
    words = _words(graded.page())
    assert "stands_here" in words
    assert "and here" in words
    assert SECRETS[1] not in words
    assert SECRETS[2] not in words


def _overfill(graded: GradedCourse, group: str = "noether", lists: int = 24_000_000) -> None:
    """Let a graded notebook hold more values than a page may take memory for."""
    path = graded.sheet.autograded_folder(group) / "sheet.ipynb"
    path.chmod(0o644)
    path.write_bytes(
        b'{"metadata": {"many": [' + b"[]," * lists + b'0]}, "nbformat": 4, "nbformat_minor": 5, "cells": []}'
    )


def test_answers_that_no_page_can_hold_cost_a_group_its_answers_alone(graded: GradedCourse) -> None:
    def mark(gradebook: Gradebook) -> None:
        gradebook.find_comment("ex1a_text", "sheet", "sheet", "noether").manual_comment = "Nice, **but** <b>short</b>."

    graded.tutor(mark)
    _overfill(graded)
    written = graded.write()
    assert written.left_out == "it took more than 1024 MiB of memory"
    assert (written.points, written.max_points, written.unmarked_points) == (1, 6, 4)
    page = Path(written.path).read_text()
    words = _words(page)
    assert "could not be made: it took more than 1024 MiB of memory." in words
    assert "1 of 6 points" in words
    assert "1a) Squares" in words
    assert "f is right elsewhere. not right 0 / 1 f(3) returned 3." in words
    assert "Nice, **but** &lt;b&gt;short&lt;/b&gt;." in words
    assert not [secret for secret in SECRETS if secret in page]


def test_a_page_that_breaks_is_told_of_and_leaves_the_others_as_they_are(
    graded: GradedCourse, builder: CourseBuilder, capsys
) -> None:
    honest = graded.page()
    for group in ("gauss", "riemann"):
        graded.grade(group)
    _overfill(graded, "gauss")
    assert feedback(builder.root, "sheet", Output(), groups=()) == 1
    told = capsys.readouterr()
    assert "3 pages written" in told.out
    assert "gauss: its page shows points, results and comments only" in told.err
    folder = graded.sheet.feedback_folder("noether").parents[1]
    pages = {group: (folder / group / "sheet/sheet.html").read_text() for group in ("gauss", "noether", "riemann")}
    assert pages["noether"] == honest
    assert pages["riemann"] == honest.replace("noether", "riemann")
    assert "It is <strong>clear</strong>." not in pages["gauss"]


def test_page_that_cannot_be_written_is_one_sentence(graded: GradedCourse) -> None:
    folder = graded.sheet.feedback_folder("noether")
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    with pytest.raises(SheetgraderError, match=r"cannot be written: .*; then run the command again") as caught:
        graded.page()
    assert "\n" not in str(caught.value)


def test_page_replaces_an_earlier_one_as_a_whole(graded: GradedCourse) -> None:
    first = graded.write()
    assert (first.points, first.max_points, first.unmarked_points) == (1, 6, 4)
    Path(first.path).write_text("an earlier page")
    second = graded.write()
    assert Path(second.path) == Path(first.path) == Path(graded.sheet.feedback_folder("noether"), "sheet.html")
    assert [path.name for path in Path(first.path).parent.iterdir()] == ["sheet.html"]


def test_sheet_of_several_notebooks_names_them(builder: CourseBuilder, process: PageProcess) -> None:
    for name in ("problem1", "problem2"):
        builder.source(builder.plain("## Part A", markdown=True), builder.tests("part_a", "assert True"), notebook=name)
        builder.submit(
            "noether", builder.plain("## Part A", markdown=True), builder.tests("part_a", "assert True"), notebook=name
        )
    sheet: Sheet = builder.load().sheet("sheet")
    item = build_item(sheet, "noether")
    cells = tuple(
        CellResult(notebook=work.name, grade_id="part_a", max_points=1, points=points, outcome=None)
        for work, points in zip(item.notebooks, (1.0, 0.0), strict=True)
    )
    notebooks = tuple(GradedNotebook(name=work.name, content=work.submitted or b"") for work in item.notebooks)
    result = SubmissionResult(sheet="sheet", group="noether", cells=cells)
    with gradebook_writer(sheet) as writer:
        writer.record(
            GradedSubmission(result=msgspec.structs.replace(result, digest="digest"), notebooks=notebooks), item, None
        )
    page = Path(
        FeedbackWriter(sheet, process).write(read_final_scores(sheet)["noether"], read_standings(sheet)["noether"]).path
    ).read_text()
    assert re.findall(r'Part A</a> <small>in (\w+)</small></th><td class="points"><b>(\d)</b>', page) == [
        ("problem1", "1"),
        ("problem2", "0"),
    ]
