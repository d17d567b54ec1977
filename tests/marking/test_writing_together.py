"""Several markers, the formgrader and ``grade`` write at once; and some are killed while they do."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import Engine

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.course.staging import swap_in
from sheetgrader.errors import GradebookError
from sheetgrader.marking import writing
from sheetgrader.marking.model import Conflict, Given, Mark
from sheetgrader.store import decisions, marks
from sheetgrader.store.decisions import Marked, read_decisions

from ..conftest import CourseBuilder
from ..store.test_gradebook_on_postgresql import db_url as db_url
from ..store.test_gradebook_on_postgresql import pytestmark as _needs_a_server
from ..store.test_gradebook_on_postgresql import server as server
from ..store.test_writing_together import grade_again_and_again
from .conftest import TEXTS
from .courses import TASK, TEXT, answer_of, cells, give, grade, in_gradebook, mark_in_formgrader, marking, write_course

PROJECT = Path(__file__).parents[2]
ROUNDS = 12


def mark_again_and_again(root: Path, by: str) -> None:
    """Mark all texts, over whatever is there, and tell of each mark that was given."""
    found = marking(Course.load(root).sheet("sheet"), by)
    for number in range(ROUNDS):
        for answer in found.answers(*TEXT):
            outcome = found.give(answer.id, Mark(adjustment=number / ROUNDS, comment=f"{by} {number}"), answer.version)
            if isinstance(outcome, Given):
                print(answer.group, number)  # read by the test


def formgrade_again_and_again(root: Path) -> None:
    """Mark all tasks as the formgrader does."""
    sheet = Course.load(root).sheet("sheet")
    for number in range(ROUNDS):
        for group in sorted(TEXTS):
            mark_in_formgrader(sheet, group, number / ROUNDS, f"formgrader {number}", TASK)


def killed_before_the_gradebook(root: Path) -> None:
    """Mark ada's text, and be killed once the line is written."""

    def write_and_die(*arguments: object) -> None:
        decisions.add_decisions(*arguments)  # type: ignore[arg-type] # whatever it was called with
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(writing, "add_decisions", write_and_die)  # noqa: B010 # a name that it only imports
    give(marking(Course.load(root).sheet("sheet"), "curie"), "ada", Mark(adjustment=1.5, comment="So."))


def start(what: str, root: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", __name__, what, str(root), *more]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def check_that_nothing_is_lost(root: Path) -> None:
    names = ("curie", "euler")
    running = [start("mark", root, name) for name in names]
    running += [start("formgrade", root), start("grade", root, *sorted(TEXTS))]
    told = [process.communicate(timeout=240) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], [error for _, error in told]
    sheet = Course.load(root).sheet("sheet")
    given = {name: out.split("\n")[:-1] for name, (out, _) in zip(names, told[:2], strict=True)}
    found = marking(sheet)
    for group in TEXTS:
        lines = [
            line for line in read_decisions(sheet, group) if isinstance(line, Marked) and line.grade_id == "ex1_text"
        ]
        # What was told to be given is a line, and nothing else is; and the last one stands in the gradebook.
        for name in names:
            written = [f"{group} {line.comment.split()[1]}" for line in lines if line.by == name]
            assert written == [one for one in given[name] if one.startswith(f"{group} ")]
        assert in_gradebook(sheet, group)[::2] == (lines[-1].points, lines[-1].comment)
        mark = answer_of(found, group).mark
        assert mark is not None
        assert (mark.by, mark.is_others) == (lines[-1].by, False)
        assert in_gradebook(sheet, group, TASK) == ((ROUNDS - 1) / ROUNDS, False, f"formgrader {ROUNDS - 1}")
    assert found.put_right() == 0


def test_in_sqlite(builder: CourseBuilder) -> None:
    check_that_nothing_is_lost(builder.root)


@_needs_a_server
def test_in_postgresql(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    builder = CourseBuilder(tmp_path / "course")
    url = request.getfixturevalue("db_url")
    sheet = write_course(builder, TEXTS, f"c.CourseDirectory.db_url = {url!r}")
    before = answer_of(marking(sheet), "ada")
    after = give(marking(sheet), "ada", Mark(adjustment=1.0, comment="Good."))
    mark_in_formgrader(sheet, "ada", 2.0, "Better.")
    conflict = marking(sheet).give(after.id, Mark(), after.version)
    assert isinstance(conflict, Conflict)
    over = give(marking(sheet), "ada", Mark(adjustment=0.5))
    undone = marking(sheet).undo(over.id, over.version)
    assert isinstance(undone, Given)
    assert in_gradebook(sheet, "ada") == (2.0, False, "Better.")
    assert before.id == after.id
    for group in TEXTS:
        mark_in_formgrader(sheet, group, None)
    check_that_nothing_is_lost(builder.root)


def test_of_two_who_saw_the_same_one_is_told(sheet: Sheet) -> None:
    both = [marking(sheet, name) for name in ("curie", "noether")]
    seen = [answer_of(one, "ada") for one in both]
    outcomes: list[Given | Conflict] = []
    threads = [
        threading.Thread(
            target=lambda one=one, answer=answer: outcomes.append(
                one.give(answer.id, Mark(comment=one.by), answer.version)
            )
        )
        for one, answer in zip(both, seen, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Given"]
    assert len(read_decisions(sheet, "ada")) == 1


def test_a_mark_given_while_another_answer_is_graded_is_given_to_no_other(
    builder: CourseBuilder, sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = marking(sheet)
    before = answer_of(found, "ada")
    outcomes: list[Given | Conflict] = []
    marker = threading.Thread(
        target=lambda: outcomes.append(found.give(before.id, Mark(adjustment=1.0), before.version))
    )

    @contextlib.contextmanager
    def meanwhile(finished: Path, folder: Path) -> Iterator[None]:
        marker.start()
        # It asks for the gradebook, or has it by now.
        marker.join(1)
        with swap_in(finished, folder):
            yield

    monkeypatch.setattr("sheetgrader.store.gradebook.swap_in", meanwhile)
    builder.submit("ada", *cells(builder, "Another text."))
    grade(sheet, "ada")
    marker.join()
    after = answer_of(marking(sheet), "ada")
    assert [type(one) for one in outcomes] == [Conflict]
    assert (after.mark, after.is_open) == (None, True)
    assert after.digest != before.digest


@_needs_a_server
def test_of_two_who_mark_many_at_once_none_waits_for_ever(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As of a class of more than what one statement names.
    monkeypatch.setattr(marks, "_AT_ONCE", 2)
    builder = CourseBuilder(tmp_path / "course")
    url = request.getfixturevalue("db_url")
    sheet = write_course(builder, TEXTS, f"c.CourseDirectory.db_url = {url!r}")
    groups = sorted(TEXTS)
    with Gradebook(url) as gradebook:
        first = {
            group: min(grade.id for grade in gradebook.find_submission_notebook("sheet", "sheet", group).grades)
            for group in groups
        }
    # One holds the first two groups and asks for the third; the other asks for the last two, the third first.
    found = (three for three in itertools.combinations(groups, 3) if first[three[2]] < first[three[1]])
    three = next(found, (groups[0], groups[1], groups[2]))
    errors: list[GradebookError] = []

    def mark_many(by: str, some: Collection[str]) -> None:
        found = marking(sheet, by)
        seen = [(answer.id, answer.version) for answer in found.answers(*TEXT) if answer.group in some]
        begin.wait()
        try:
            found.give_many(seen, Mark(adjustment=1.0, comment=by))
        except GradebookError as error:
            errors.append(error)

    def dwell(_: object, __: object, statement: str, *___: object) -> None:
        if "FOR UPDATE" in statement:
            time.sleep(0.3)

    begin = threading.Barrier(2)
    event.listen(Engine, "after_cursor_execute", dwell)
    try:
        threads = [threading.Thread(target=mark_many, args=("curie", three))]
        threads += [threading.Thread(target=mark_many, args=("euler", three[1:]))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        event.remove(Engine, "after_cursor_execute", dwell)
    assert errors == []


def check_that_it_is_put_right(sheet: Sheet) -> None:
    assert in_gradebook(sheet, "ada") == (None, True, "")
    found = answer_of(marking(sheet), "ada")
    assert found.mark is not None
    assert (found.mark.by, found.mark.points, found.mark.is_others, found.is_open) == ("curie", 1.5, False, False)
    assert in_gradebook(sheet, "ada") == (1.5, False, "So.")
    assert marking(sheet).put_right() == 0


def test_killed_between_line_and_gradebook_it_is_put_right(sheet: Sheet) -> None:
    process = start("die", sheet.course.root)
    assert process.communicate(timeout=120)[1] == ""
    assert process.returncode == -signal.SIGKILL
    assert len(read_decisions(sheet, "ada")) == 1
    check_that_it_is_put_right(sheet)


def test_a_gradebook_that_fails_is_told_and_put_right(sheet: Sheet) -> None:
    found = marking(sheet, "curie")
    seen = answer_of(found, "ada")

    def fails(*_: object) -> None:
        raise GradebookError("the disk is full")

    engine = found._gradebook._engine
    event.listen(engine, "commit", fails)
    try:
        with pytest.raises(GradebookError, match=r"the disk is full; what was given is kept in .*marking/sheet"):
            found.give(seen.id, Mark(adjustment=1.5, comment="So."), seen.version)
    finally:
        event.remove(engine, "commit", fails)
    check_that_it_is_put_right(sheet)


def test_a_late_penalty_that_cannot_be_loaded_is_told_and_the_mark_is_kept(
    builder: CourseBuilder, sheet: Sheet
) -> None:
    builder.write("source/sheet/sheet.toml", "deadline = 2024-01-10T12:00:00Z\n")
    builder.write("submitted/ada/sheet/timestamp.txt", "2024-01-11 12:00:00 UTC")
    grade(builder.load().sheet("sheet"), "ada")
    builder.write("nbgrader_config.py", "c = get_config()\nc.AssignLatePenalties.plugin_class = 'gone.Penalty'\n")
    found = marking(sheet)
    seen = answer_of(found, "ada")
    with pytest.raises(GradebookError, match=r"plugin cannot be loaded: .*; what was given is kept in .*marking/sheet"):
        found.give(seen.id, Mark(adjustment=1.5), seen.version)
    assert in_gradebook(sheet, "ada") == (None, True, "")
    builder.write("nbgrader_config.py", "c = get_config()\n")
    assert marking(sheet).put_right() == 1
    assert in_gradebook(sheet, "ada") == (1.5, False, "")


def test_a_folder_that_cannot_be_written_gives_nothing(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    found = marking(sheet)
    seen = answer_of(found, "ada")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("sheetgrader.store.decisions.os.write", full)
        with pytest.raises(GradebookError, match="No space left on device; what was there is as it was"):
            found.give(seen.id, Mark(adjustment=1.5), seen.version)
    assert read_decisions(sheet, "ada") == ()
    assert in_gradebook(sheet, "ada") == (None, True, "")
    assert answer_of(found, "ada") == seen


def test_marks_come_back_in_a_new_gradebook(builder: CourseBuilder, sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}, comment="Good."))
    give(found, "emmy", Mark(adjustment=0.5))
    (builder.root / "gradebook.db").unlink()
    from .courses import grade

    for group in TEXTS:
        grade(sheet, group)
    assert marking(sheet).put_right() == 2
    assert in_gradebook(sheet, "ada") == (1.0, False, "Good.")


def test_lines_that_are_lost_take_no_mark_out_of_the_gradebook(sheet: Sheet) -> None:
    give(marking(sheet), "ada", Mark(adjustment=0.5))
    older = decisions.decisions_file(sheet, "ada").read_bytes()
    give(marking(sheet), "ada", Mark(adjustment=1.5))
    for content in (older, b""):
        decisions.decisions_file(sheet, "ada").write_bytes(content)
        assert marking(sheet).put_right() == 0
        mark = answer_of(marking(sheet), "ada").mark
        assert mark is not None
        assert (mark.points, mark.is_others) == (1.5, True)


if __name__ == "__main__":
    what, folder, *names = sys.argv[1:]
    if what == "mark":
        mark_again_and_again(Path(folder), *names)
    elif what == "formgrade":
        formgrade_again_and_again(Path(folder))
    elif what == "die":
        killed_before_the_gradebook(Path(folder))
    else:
        grade_again_and_again(Path(folder), names)
