"""From an objection to a mended grader, by the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sheetgrader.store.objections import parse_objections

from ..conftest import CourseBuilder
from .test_status import GRADERS, cells, document, run
from .test_status import course as course
from .test_status import graded as graded


def page(course: Path, group: str) -> str:
    assert run(course, "feedback", "sheet").returncode == 0
    return (course / f"feedback/{group}/sheet/sheet.html").read_text()


def line_of(course: Path, rubric: str) -> str:
    """Return the id that stands at the end of a criterion's line."""
    shown = re.sub(r"<[^>]+>", "", page(course, "kurt"))
    match = re.search(rf"{re.escape(rubric)}.*?(ex\d-[0-9a-f]{{5}})", shown, re.DOTALL)
    assert match is not None
    return match[1]


def test_an_objection_until_the_grader_is_mended(course: Path) -> None:
    builder = CourseBuilder(course)
    builder.submit("bob", *cells(builder, "def square(x):\n    return x + x"))
    builder.submit("eve", *cells(builder, "def square(x):\n    return x + 1"))
    assert run(course, "grade", "sheet", "--isolation", "process").returncode == 1
    line = line_of(course, "square(x) is x².")
    words = "We were told to <b>double</b> it."
    assert run(course, "object", "sheet", "kurt", line, "--why", words).returncode == 0
    (open_matter,) = [
        matter
        for group in document(course, "status", "sheet", "--flagged")["groups"]
        for matter in group["open"]
        if matter["action"] == "answer"
    ]
    assert open_matter["why"] == f"Line {line}: {words}"
    assert "Nobody has answered yet." in page(course, "kurt")

    answered = run(
        course, "answer", "sheet", "kurt", line, "--why", "You are right.", "--by", "noether", "--grader-was-wrong"
    )
    assert answered.returncode == 0, answered.stderr
    assert re.findall(r"^ (\w+) +wrong", answered.stdout, re.MULTILINE) == ["bob", "eve", "kurt"]
    shown = page(course, "kurt")
    assert "&lt;b&gt;double&lt;/b&gt;" in shown
    assert "You are right." in shown
    assert "Nobody has answered" not in shown
    assert not [each for each in document(course, "status", "sheet", "--flagged")["groups"] if each["group"] == "kurt"]

    builder.write("grader_tests/sheet/test_graded.py", GRADERS.replace("9.0", "6.0"))
    preview = document(course, "grade", "sheet", "--affected-by", line, "--dry-run", "--isolation", "process")
    changed = {
        group["group"]: [(change["points_before"], change["points_after"]) for change in group["changes"]]
        for group in preview["groups"]
    }
    assert changed == {"bob": [(1, 2)], "eve": [], "kurt": [(1, 2)]}
    assert document(course, "status", "sheet")["groups"][-1]["final"] == 1
    run(course, "grade", "sheet", "--affected-by", line, "--isolation", "process")
    final = {group["group"]: group["final"] for group in document(course, "status", "sheet")["groups"]}
    assert final == {"ada": 2, "bob": 2, "emmy": 0, "eve": 0, "grace": 0, "kurt": 2}


def test_objections_in_a_file(course: Path) -> None:
    squares, zero = line_of(course, "square(x) is x²."), line_of(course, "square(0) is 0.")
    text = course / "objections.txt"
    text.write_text(f"{squares}: The sign\nis right.\n\n\n{zero}: And this: too.\n")
    found = document(course, "object", "sheet", "kurt", "--file", str(text))
    assert found["lines"] == [squares, zero]
    shown = page(course, "kurt")
    assert "The sign\nis right." in shown
    assert "And this: too." in shown


def test_a_mark_can_be_objected_to(course: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("ex2_text", "sheet", "sheet", "kurt")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    line = line_of(course, "1.5 / 3 points")
    assert run(course, "object", "sheet", "kurt", line, "--why", "It is complete.").returncode == 0
    assert "It is complete." in page(course, "kurt")


@pytest.mark.parametrize(
    ("arguments", "content", "sentence"),
    [
        (("object", "sheet", "kurt", "ex1-zzzzz", "--why", "x"), "", "the page of kurt has no line 'ex1-zzzzz'"),
        (("object", "sheet", "kurt"), "", "give a line and words"),
        (("object", "sheet", "kurt", "ex1-00000", "--file", "objections.txt"), "", "give a line and words"),
        (("object", "sheet", "nobody", "ex1-00000", "--why", "x"), "", "nothing by 'nobody' is graded"),
        (("object", "sheet", "kurt", "--file", "gone.txt"), "", "gone.txt cannot be read"),
        (("object", "sheet", "kurt", "--file", "objections.txt"), "\n\n", "objections.txt holds no objection"),
        (("object", "sheet", "kurt", "--file", "objections.txt"), "It is right", "does not begin with a line's id"),
        (("object", "sheet", "kurt", "--file", "objections.txt"), "a" * 300_000, "which is no list of objections"),
        (("answer", "sheet", "kurt", "ex1-00000", "--why", "x"), "", "has no line"),
        (("answer", "sheet", "kurt", "ex1-00000"), "", "say what you answer"),
        (("grade", "sheet", "--affected-by", "ex1-00000"), "", "no feedback page of sheet has a line"),
        (("grade", "sheet", "--affected-by", "ex1-00000", "--group", "ada"), "", "give it without --group"),
    ],
)
def test_what_cannot_be_is_told(course: Path, arguments: tuple[str, ...], content: str, sentence: str) -> None:
    (course / "objections.txt").write_text(content)
    found = run(course, *arguments)
    assert (found.returncode, "Traceback" in found.stderr) == (2, False)
    assert sentence in " ".join(found.stderr.split())
    assert not (course / "marking").exists()


def test_a_group_that_has_not_objected_gets_no_answer(course: Path) -> None:
    line = line_of(course, "square(0) is 0.")
    found = run(course, "answer", "sheet", "kurt", line, "--why", "No.")
    assert (found.returncode, "kurt has not objected" in found.stderr) == (2, True)


def test_an_objection_is_answered_though_its_line_is_gone(course: Path) -> None:
    """The criterion has another name since, or the gradebook was lost: what is open can be closed."""
    line = line_of(course, "square(x) is x².")
    assert run(course, "object", "sheet", "kurt", line, "--why", "Why?").returncode == 0
    builder = CourseBuilder(course)
    builder.write("grader_tests/sheet/test_graded.py", GRADERS.replace("test_squares", "test_of_squares"))
    assert run(course, "grade", "sheet", "--isolation", "process").returncode == 1
    shown = page(course, "kurt")
    assert "To lines that are not here any more" in shown
    assert shown.index("Nobody has answered yet.") > shown.index("To lines that are not here any more")
    (course / "gradebook.db").unlink()
    refused = run(course, "object", "sheet", "kurt", line, "--why", "Why?")
    assert (refused.returncode, "nothing by 'kurt' is graded" in refused.stderr) == (2, True)
    answered = run(course, "answer", "sheet", "kurt", line, "--why", "Because.", "--grader-was-wrong")
    assert answered.returncode == 0, answered.stderr
    kurt = next(each for each in document(course, "status", "sheet")["groups"] if each["group"] == "kurt")
    assert "answer" not in [matter["action"] for matter in kurt["open"]]


def test_two_paragraphs_about_a_line_are_one_objection(tmp_path: Path) -> None:
    file = tmp_path / "objections.txt"
    file.write_text("ex1-a4f1c: The sign is right.\n\nex1-a4f1c: So is the unit.\n")
    assert parse_objections(file) == {"ex1-a4f1c": "The sign is right.\n\nSo is the unit."}
