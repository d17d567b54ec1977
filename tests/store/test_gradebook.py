import os
import shutil
import sqlite3
import stat
import sys
import warnings
from datetime import datetime
from pathlib import Path

import msgspec
import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import determine_grade, parse_utc

from sheetgrader.errors import CourseError, GradebookError
from sheetgrader.grading.preparation import prepare
from sheetgrader.items import GradedNotebook, GradedSubmission
from sheetgrader.results import CellResult, Outcome, SubmissionResult
from sheetgrader.store.final_scores import read_final_scores
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.kept_results import read_history, read_result, result_file
from sheetgrader.store.material import build_item


def graded(item, points=1.0, *, outcome=Outcome.RIGHT, error=""):
    """Return a worker's result for ``item`` in which every test cell has ``points`` of its points; the rest is as
    nbgrader scores it.
    """
    cells, notebooks = [], []
    for work in item.notebooks:
        if work.submitted is None:
            cells += [
                CellResult(
                    notebook=work.name,
                    grade_id=cell.grade_id,
                    max_points=cell.max_points,
                    points=0.0,
                    outcome=Outcome.WRONG,
                )
                for cell in work.source_cells
                if cell.grade or cell.task
            ]
            continue
        notebook = prepare(work).notebook
        notebooks.append(GradedNotebook(name=work.name, content=nbformat.writes(notebook).encode()))
        nodes = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
        for cell in work.source_cells:
            if not (cell.grade or cell.task):
                continue
            scored = None if cell.task or points is None else points * cell.max_points
            if cell.solution:
                scored = determine_grade(nodes[cell.grade_id])[0]
            cells.append(
                CellResult(
                    notebook=work.name,
                    grade_id=cell.grade_id,
                    max_points=cell.max_points,
                    points=scored,
                    outcome=outcome,
                )
            )
    result = SubmissionResult(
        sheet=item.sheet,
        group=item.group,
        cells=tuple(cells),
        digest=item.digest,
        handed_in=item.handed_in,
        error=error,
    )
    return GradedSubmission(result=result, notebooks=tuple(notebooks))


@pytest.fixture
def course(builder):
    """A sheet with an answer, its tests, a text, a task and a file; ada has answered all, bob nothing."""
    cells = (
        builder.answer("ex1_code", "y = 2"),
        builder.tests("ex1_test", "assert y == 2", points=2.0),
        builder.answer("ex1_text", "Because.", points=3.0, markdown=True),
        builder.task("ex2", "Draw.", points=1.0),
    )
    builder.source(*cells)
    builder.write("source/sheet/data.csv", "1\n")
    stub = (
        builder.answer("ex1_code", "# YOUR CODE HERE\nraise NotImplementedError()"),
        cells[1],
        builder.answer("ex1_text", "YOUR ANSWER HERE", points=3.0, markdown=True),
    )
    builder.submit("ada", *cells)
    builder.submit("bob", *stub, cells[3])
    builder.write("submitted/ada/sheet/timestamp.txt", "2023-12-14 10:00:00 UTC")
    return builder


def record(sheet, group, **keywords):
    item = build_item(sheet, group)
    with gradebook_writer(sheet) as writer:
        return writer.record(graded(item, **keywords), item, read_result(sheet, group))[1]


def scores(sheet, group):
    return {
        cell.grade_id: (cell.auto_points, cell.needs_manual_grade) for cell in read_final_scores(sheet)[group].cells
    }


def everything_under(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_scores_comments_and_files_are_recorded(course):
    sheet = course.load().sheet("sheet")
    assert record(sheet, "ada") == ()
    assert scores(sheet, "ada") == {"ex1_test": (2.0, False), "ex1_text": (None, True), "ex2": (None, True)}
    assert set(everything_under(sheet.autograded_folder("ada"))) == {"sheet.ipynb", "data.csv", "timestamp.txt"}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in sheet.autograded_folder("ada").iterdir()}
    assert modes == {0o444}
    final = read_final_scores(sheet)["ada"]
    assert (final.points, final.max_points, final.timestamp, final.late_penalty) == (
        2.0,
        6.0,
        datetime(2023, 12, 14, 10),
        0.0,
    )
    assert final.needs_manual_grade


def test_an_unanswered_text_gets_nothing_and_says_so(course):
    sheet = course.load().sheet("sheet")
    record(sheet, "bob", points=0.0)
    assert scores(sheet, "bob") == {"ex1_test": (0.0, False), "ex1_text": (0.0, False), "ex2": (None, True)}
    comments = {comment.grade_id: comment.auto for comment in read_final_scores(sheet)["bob"].comments}
    assert comments == {"ex1_code": "No response.", "ex1_text": "No response.", "ex2": None}


def test_the_rows_are_those_that_nbgrader_itself_writes(course):
    sheet = course.load().sheet("sheet")
    for group in ("ada", "bob"):
        record(sheet, group)
    ours = rows_of(course.root / "gradebook.db")
    record_as_nbgrader(sheet, course.root / "theirs.db")
    assert ours == rows_of(course.root / "theirs.db")


def record_as_nbgrader(sheet, path):
    """Let nbgrader record what is in ``autograded/`` into a gradebook that knows only the sheet."""
    for table in ("grade", "comment", "submitted_notebook", "submitted_assignment", "student"):
        with sqlite3.connect(sheet.course.root / "gradebook.db") as source, sqlite3.connect(path) as copy:
            if not copy.execute("select count(*) from sqlite_master").fetchone()[0]:
                source.backup(copy)
            copy.execute(f"delete from {table}")  # noqa: S608 # the names stand above
    url = f"sqlite:///{path}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for group in sheet.submissions():
            folder = sheet.autograded_folder(group)
            with Gradebook(url) as gradebook:
                gradebook.update_or_create_student(group)
                timestamp = sheet.course.coursedir.get_existing_timestamp(str(folder))
                gradebook.update_or_create_submission("sheet", group, **({"timestamp": timestamp} if timestamp else {}))
            resources = {"nbgrader": {"notebook": "sheet", "assignment": "sheet", "student": group, "db_url": url}}
            notebook = nbformat.read(folder / "sheet.ipynb", as_version=4)
            SaveAutoGrades().preprocess(notebook, resources)
            AssignLatePenalties(config=sheet.course.config).preprocess(notebook, resources)


def rows_of(path):
    """Return what a gradebook says about submissions, without the random ids."""
    submitted = (
        "join submitted_notebook n on n.id = r.notebook_id join submitted_assignment s on s.id = n.assignment_id"
    )
    cell = f"r join base_cell c on c.id = r.cell_id {submitted}"
    scores = "auto_score, manual_score, extra_credit, needs_manual_grade"
    query = {
        # The parts stand above.
        "grade": f"select student_id, name, {scores} from grade {cell}",  # noqa: S608
        "comment": f"select s.student_id, c.name, r.auto_comment, r.manual_comment from comment {cell}",  # noqa: S608
        "notebook": (
            "select s.student_id, b.name, n.flagged, n.late_submission_penalty from submitted_notebook n "
            "join notebook b on b.id = n.notebook_id join submitted_assignment s on s.id = n.assignment_id"
        ),
        "submission": "select student_id, timestamp, extension from submitted_assignment",
        "student": "select * from student",
    }
    with sqlite3.connect(path) as database:
        return {name: sorted(map(str, database.execute(text))) for name, text in query.items()}


def test_a_cell_that_was_not_judged_waits_for_a_human(course):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada", points=None, outcome=Outcome.NOT_JUDGED)
    assert scores(sheet, "ada")["ex1_test"] == (None, True)


def test_manual_scores_and_comments_are_never_overwritten(course):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    with Gradebook(sheet.course.db_url) as gradebook:
        grade = gradebook.find_grade("ex1_text", "sheet", "sheet", "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.5, 0.5, False
        gradebook.find_comment("ex1_text", "sheet", "sheet", "ada").manual_comment = "Well said."
        gradebook.db.commit()
    record(sheet, "ada", points=0.5)
    final = read_final_scores(sheet)["ada"]
    cells = {cell.grade_id: cell for cell in final.cells}
    assert (cells["ex1_text"].manual_points, cells["ex1_text"].extra_credit, cells["ex1_text"].points) == (
        2.5,
        0.5,
        3.0,
    )
    assert not cells["ex1_text"].needs_manual_grade, "neither the answer nor its verdict has changed"
    assert cells["ex1_test"].points == 1.0
    assert {comment.grade_id: comment.text for comment in final.comments}["ex1_text"] == "Well said."


def mark(sheet, cell, points):
    with Gradebook(sheet.course.db_url) as gradebook:
        grade = gradebook.find_grade(cell, "sheet", "sheet", "ada")
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def test_a_mark_stands_where_only_the_tutors_copy_was_lost(course):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    mark(sheet, "ex1_text", 2.5)
    shutil.rmtree(sheet.autograded_folder("ada"))
    record(sheet, "ada")
    assert scores(sheet, "ada")["ex1_text"] == (None, False)
    shutil.rmtree(sheet.autograded_folder("ada"))
    cells = (course.answer("ex1_code", "y = 2"), course.tests("ex1_test", "assert y == 2", points=2.0))
    course.submit("ada", *cells, course.answer("ex1_text", "Therefore.", points=3.0, markdown=True))
    record(sheet, "ada")
    assert scores(sheet, "ada")["ex1_text"] == (None, True), "now it is another answer"


@pytest.mark.parametrize(("points", "asked"), [(1.0, False), (0.5, True)])
def test_a_marked_cell_is_asked_about_again_where_its_verdict_changed_and_the_earlier_result_is_lost(
    course, points, asked
):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    mark(sheet, "ex1_test", 1.5)
    result_file(sheet, "ada").unlink()
    record(sheet, "ada", points=points)
    assert scores(sheet, "ada")["ex1_test"] == (2 * points, asked)


def test_a_regrade_tells_what_changes_and_keeps_the_earlier_result(course):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    (change,) = record(sheet, "ada", points=0.5)
    assert (change.grade_id, change.points_before, change.points_after) == ("ex1_test", 2.0, 1.0)
    assert record(sheet, "ada", points=0.5) == ()
    assert [result.points for result in read_history(sheet, "ada")] == [2.0]
    assert read_result(sheet, "ada").points == 1.0


def test_a_submission_that_could_not_be_read_waits_for_a_human(course):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    item = build_item(sheet, "ada")
    with gradebook_writer(sheet) as writer:
        writer.record(
            GradedSubmission(result=SubmissionResult(sheet="sheet", group="ada", error="ada's notebook is damaged")),
            None,
            None,
        )
        assert not writer.already_graded(read_result(sheet, "ada"), msgspec.structs.replace(item, digest=""))
    assert set(scores(sheet, "ada").values()) == {(None, True)}
    assert not list(sheet.autograded_folder("ada").iterdir())
    assert read_result(sheet, "ada").error == "ada's notebook is damaged"


def test_a_notebook_that_was_not_graded_is_there_for_a_tutor_to_look_at(course):
    sheet = course.load().sheet("sheet")
    item = build_item(sheet, "ada")
    with gradebook_writer(sheet) as writer:
        writer.record(
            GradedSubmission(result=SubmissionResult(sheet="sheet", group="ada", error="the grading process ended")),
            item,
            None,
        )
    written = nbformat.read(sheet.autograded_folder("ada") / "sheet.ipynb", as_version=4)
    assert written == prepare(item.notebooks[0]).notebook


def test_a_notebook_with_numbers_that_are_no_json_is_recorded(course):
    path = course.root / "submitted/ada/sheet/sheet.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"metadata": {}', '"metadata": {"a": NaN, "b": -Infinity}'),
        encoding="utf-8",
    )
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    assert "NaN" in (sheet.autograded_folder("ada") / "sheet.ipynb").read_text(encoding="utf-8")
    assert scores(sheet, "ada")["ex1_test"] == (2.0, False)


def test_a_missing_one_of_two_notebooks_gets_nothing_without_asking_a_human(course):
    course.source(course.answer("ex3_code", "z = 1"), course.tests("ex3_test"), notebook="second")
    sheet = course.load().sheet("sheet")
    item = build_item(sheet, "ada")
    first = graded(msgspec.structs.replace(item, notebooks=item.notebooks[1:]))
    missing = CellResult(notebook="second", grade_id="ex3_test", max_points=1.0, points=0.0, outcome=Outcome.WRONG)
    result = msgspec.structs.replace(first.result, cells=(*first.result.cells, missing))
    with gradebook_writer(sheet) as writer:
        writer.record(msgspec.structs.replace(first, result=result), item, None)
    assert scores(sheet, "ada")["ex3_test"] == (0.0, False)


def test_only_what_is_completely_recorded_counts_as_graded(course):
    sheet = course.load().sheet("sheet")
    item = build_item(sheet, "ada")
    record(sheet, "ada")
    kept = read_result(sheet, "ada")
    with gradebook_writer(sheet) as writer:
        assert writer.already_graded(kept, item)
        assert not writer.already_graded(kept, msgspec.structs.replace(item, digest="another"))
        assert not writer.already_graded(msgspec.structs.replace(kept, group="bob"), item)
    notebook = sheet.autograded_folder("ada") / "sheet.ipynb"
    notebook.rename(course.root / "sheet.ipynb")
    with gradebook_writer(sheet) as writer:
        assert not writer.already_graded(kept, item), "a tutor has nothing to look at"
    (course.root / "sheet.ipynb").rename(notebook)
    sheet.autograded_folder("ada").rename(course.root / "elsewhere")
    with gradebook_writer(sheet) as writer:
        assert not writer.already_graded(kept, item)
    (course.root / "elsewhere").rename(sheet.autograded_folder("ada"))
    (course.root / "gradebook.db").unlink()
    build_item(sheet, "ada")
    with gradebook_writer(sheet) as writer:
        assert not writer.already_graded(kept, item)


@pytest.mark.parametrize("step", ["rename", "commit", "write_bytes"])
@pytest.mark.parametrize("count", range(4))
def test_a_crash_at_any_point_loses_nothing_and_a_rerun_repairs(course, step, count):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada", points=0.5)
    child = os.fork()
    if child == 0:
        die_at(step, count)
        record(sheet, "ada", points=1.0)
        os._exit(0)
    os.waitpid(child, 0)
    sheet = course.load().sheet("sheet")
    before = scores(sheet, "ada")["ex1_test"]
    assert before in {(1.0, False), (2.0, False)}, "the database has the old or the new score"
    record(sheet, "ada", points=1.0)
    assert scores(sheet, "ada")["ex1_test"] == (2.0, False)
    assert set(everything_under(sheet.autograded_folder("ada"))) == {"sheet.ipynb", "data.csv", "timestamp.txt"}
    assert [path.name for path in sheet.autograded_folder("ada").parent.iterdir()] == ["sheet"], (
        "nothing is left lying about"
    )
    assert read_result(sheet, "ada").points == 2.0


def die_at(step, count):
    """Make this process end at the ``count``-th call of a step, as if it were killed there."""
    from sqlalchemy.orm import Session

    owner = Session if step == "commit" else type(Path())
    real = getattr(owner, step)
    left = [count]

    def dying(*arguments):
        if not left[0]:
            os._exit(1)
        left[0] -= 1
        return real(*arguments)

    setattr(owner, step, dying)


def test_an_interruption_leaves_what_was_there(course, monkeypatch):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada", points=0.5)
    before = (
        everything_under(course.root / "autograded"),
        rows_of(course.root / "gradebook.db"),
        everything_under(course.root / "reports"),
    )
    with gradebook_writer(sheet) as writer:
        item = build_item(sheet, "ada")

        def interrupted():
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(writer._session, "commit", interrupted)
            with pytest.raises(KeyboardInterrupt):
                writer.record(graded(item), item, None)
        assert before == (
            everything_under(course.root / "autograded"),
            rows_of(course.root / "gradebook.db"),
            everything_under(course.root / "reports"),
        )
        writer.record(graded(item), item, None)
    assert scores(sheet, "ada")["ex1_test"] == (2.0, False)


def test_a_locked_gradebook_is_one_sentence_and_changes_nothing(course):
    loaded = course.load()
    loaded.coursedir.db_url += "?timeout=0.1"
    sheet = loaded.sheet("sheet")
    record(sheet, "ada", points=0.5)
    before = everything_under(course.root / "autograded")
    with gradebook_writer(sheet) as writer:
        item = build_item(sheet, "ada")
        other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(GradebookError, match="is locked by another program"):
            writer.record(graded(item), item, None)
        other.execute("rollback")
        other.close()
        assert everything_under(course.root / "autograded") == before
        writer.record(graded(item), item, None)
    assert scores(sheet, "ada")["ex1_test"] == (2.0, False)


@pytest.mark.parametrize(
    ("error", "complaint"),
    [(OSError(28, "No space left on device"), "No space left"), (OSError(30, "Read-only file system"), "Read-only")],
)
def test_a_folder_that_cannot_be_written_is_one_sentence_and_changes_nothing(course, monkeypatch, error, complaint):
    sheet = course.load().sheet("sheet")
    record(sheet, "ada", points=0.5)
    before = everything_under(course.root / "autograded"), rows_of(course.root / "gradebook.db")

    def refused(*_):
        raise error

    with gradebook_writer(sheet) as writer:
        item = build_item(sheet, "ada")
        with monkeypatch.context() as patch:
            patch.setattr(type(Path()), "write_bytes", refused)
            with pytest.raises(GradebookError, match=rf"autograded/ada/sheet cannot be written: {complaint}"):
                writer.record(graded(item), item, None)
    assert before == (everything_under(course.root / "autograded"), rows_of(course.root / "gradebook.db"))


def test_a_sheet_that_the_gradebook_does_not_know_is_one_sentence(course):
    with (
        pytest.raises(GradebookError, match="does not know the sheet sheet; run: sheetgrader release sheet"),
        gradebook_writer(course.load().sheet("sheet")),
    ):
        pass


def test_unknown_students_are_refused_where_the_course_says_so(course):
    course.write("nbgrader_config.py", "c = get_config()\nc.Autograde.create_student = False\n")
    sheet = course.load().sheet("sheet")
    with pytest.raises(GradebookError, match="knows no student 'ada'"):
        record(sheet, "ada")
    assert not sheet.autograded_folder("ada").exists()


@pytest.mark.parametrize(
    "text",
    [
        "yesterday evening",
        "2023-12-14 10:00:00 /proc/kmsg",
        "2023-12-14 10:00:00 ../../../proc/kmsg",
        "2023-12-14 10:00:00 " + "9" * 5000,
        # Read to its end, this takes minutes.
        "12 " * 1_000_000,
    ],
    ids=["words", "file", "file above", "zone", "long"],
)
def test_a_timestamp_that_is_no_time_is_noted(course, text):
    course.write("submitted/ada/sheet/timestamp.txt", text)
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    assert read_final_scores(sheet)["ada"].timestamp is None
    assert f"timestamp.txt does not hold a time ({text[:40]!r})" in read_result(sheet, "ada").notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "2023-12-14 10:00:00 UTC",
        "2023-12-14 11:00:00.000000 Europe/Berlin",
        "2023-12-14 10:00:00+00:00",
        "2023-12-14T10:00:00Z",
        "12/14/2023 10:00",
        "2023-12-14 05:00:00 America/Kentucky/Louisville\n",
    ],
)
def test_times_are_read_as_nbgrader_reads_them(course, text):
    course.write("submitted/ada/sheet/timestamp.txt", text)
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    assert read_final_scores(sheet)["ada"].timestamp == parse_utc(text.strip())
    assert not read_result(sheet, "ada").notes


LATE_PLUGIN = """
from nbgrader.plugins import BasePlugin

class Tenth(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {penalty}
"""


def late_course(course, penalty, deadline="2023-12-14T09:00:00Z"):
    course.write("late.py", LATE_PLUGIN.format(penalty=penalty))
    course.write("nbgrader_config.py", 'c = get_config()\nc.AssignLatePenalties.plugin_class = "late.Tenth"\n')
    course.write("source/sheet/sheet.toml", f"deadline = {deadline}\n")
    return course.load().sheet("sheet")


@pytest.fixture
def _forget_plugin():
    yield
    sys.modules.pop("late", None)


@pytest.mark.usefixtures("_forget_plugin")
@pytest.mark.parametrize(
    ("penalty", "deadline", "assigned"),
    [
        ("score * 0.25", "2023-12-14T09:00:00Z", 0.5),
        ("score * 0.25", "2023-12-14T11:00:00Z", None),
        ("score + 5", "2023-12-14T09:00:00Z", 2.0),
        ("-1", "2023-12-14T09:00:00Z", 0.0),
        ("None", "2023-12-14T09:00:00Z", None),
        ("total_seconds_late / 3600", "2023-12-14T10:30:00+01:00", 0.5),
    ],
)
def test_late_penalties_are_those_of_the_courses_plugin(course, penalty, deadline, assigned):
    sheet = late_course(course, penalty, deadline)
    record(sheet, "ada")
    with sqlite3.connect(course.root / "gradebook.db") as database:
        assert database.execute("select late_submission_penalty from submitted_notebook").fetchall() == [(assigned,)]
    assert read_final_scores(sheet)["ada"].points == 2.0 - (assigned or 0.0)
    ours = rows_of(course.root / "gradebook.db")["notebook"]
    sys.path.append(str(course.root))
    (course.root / "submitted/bob/sheet/sheet.ipynb").unlink()
    (course.root / "submitted/bob/sheet").rmdir()
    record_as_nbgrader(sheet, course.root / "theirs.db")
    sys.path.remove(str(course.root))
    assert ours == rows_of(course.root / "theirs.db")["notebook"]


@pytest.mark.usefixtures("_forget_plugin")
def test_a_plugin_that_fails_is_one_sentence(course):
    sheet = late_course(course, "1 / 0")
    with pytest.raises(GradebookError, match="the late-submission plugin Tenth failed for ada: ZeroDivisionError"):
        record(sheet, "ada")
    assert not sheet.autograded_folder("ada").exists()


def test_a_plugin_that_is_not_there_is_one_sentence(course):
    course.write("nbgrader_config.py", 'c = get_config()\nc.AssignLatePenalties.plugin_class = "nowhere.Tenth"\n')
    with pytest.raises(CourseError, match="late-submission plugin cannot be loaded"):
        record(course.load().sheet("sheet"), "ada")


def test_shared_courses_get_shared_folders(course):
    course.write("nbgrader_config.py", "c = get_config()\nc.CourseDirectory.groupshared = True\n")
    sheet = course.load().sheet("sheet")
    record(sheet, "ada")
    assert stat.S_IMODE((sheet.autograded_folder("ada") / "sheet.ipynb").stat().st_mode) == 0o664
    assert stat.S_IMODE(sheet.autograded_folder("ada").stat().st_mode) & 0o2770 == 0o2770


def test_the_permissions_are_nbgraders(course):
    sheet = course.load().sheet("sheet")
    assert Autograde(coursedir=sheet.course.coursedir).permissions == 444
