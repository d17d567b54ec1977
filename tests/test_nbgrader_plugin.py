import csv
import logging
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters.autograde import Autograde
from nbgrader.converters.generate_feedback import GenerateFeedback
from nbgrader.plugins.export import CsvExportPlugin

from sheetgrader import nbgrader_plugin
from sheetgrader.commands.feedback import feedback
from sheetgrader.commands.output import Output
from sheetgrader.course.directory import Course, importable
from sheetgrader.grading.worker import grade_submission
from sheetgrader.store.database import ensure_database
from sheetgrader.store.decisions import SettlementKind, decisions_file
from sheetgrader.store.final_scores import read_final_scores
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.material import build_item, sheet_material
from sheetgrader.store.settling import Settling

from .conftest import CourseBuilder
from .marking.courses import write_course

CONFIGURATION = Path(__file__).parents[1] / "nbgrader_config.py"

GRADERS = '''
from sheetgrader import assert_close, criterion, numbers

@criterion("ex1")
def test_doubles(student, rng):
    """The result is twice the argument."""
    x = rng.uniform(-1, 1, size=5)
    assert_close(student.double(x), 2 * x)

@criterion("ex1")
def test_of_floats(student):
    """Of a float it is a float."""
    assert_close(student.double(1.5), 3.0)

@criterion("ex2")
def test_broken(student):
    """This grader fails itself."""
    undefined  # noqa: F821
'''


@pytest.fixture
def course(builder):
    """The repository's own configuration, and a sheet with graders of which one fails itself."""
    clocks = "c.Sheetgrader.cell_seconds = 2\nc.Sheetgrader.call_seconds = 1\nc.Sheetgrader.question_seconds = 3\n"
    builder.write("nbgrader_config.py", CONFIGURATION.read_text(encoding="utf-8") + clocks)

    def cells(body):
        return (
            builder.answer("ex1_code", f"def double(x):\n    {body}"),
            builder.tests("ex1_test", points=3.0),
            builder.answer("ex2_code", "y = 1"),
            builder.tests("ex2_test", points=1.0),
            builder.tests(
                "ex3_test",
                "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(7) == 14\n### END HIDDEN TESTS",
                points=1.0,
            ),
            builder.answer("ex4_text", "Because.", points=1.0, markdown=True),
        )

    builder.source(*cells("return 2 * x"))
    builder.write("grader_tests/sheet/test_doubling.py", GRADERS)
    builder.write("source/sheet/sheet.toml", 'title = "Doubling"\n')
    builder.submit("right", *cells("return x + x"))
    builder.submit("partly", *cells("return 2 * x if isinstance(x, float) else x"))
    builder.submit("hangs", *cells("while True: pass"))
    builder.write("grader_tests/sheet/conftest.py", "")
    return builder.load()


@pytest.fixture(autouse=True)
def _end_engines():
    yield
    for engine in nbgrader_plugin._engines.values():
        engine.close()
    nbgrader_plugin._engines.clear()


def autograde(course, name, groups=None):
    """Grade as ``nbgrader autograde`` does with the course's configuration, and return what it logged as warnings."""
    sheet = course.sheet(name)
    sheet_material(sheet)
    coursedir = course.new_coursedir()
    coursedir.assignment_id = name
    messages = []

    class Keep(logging.Handler):
        def emit(self, record):
            messages.append(record.getMessage())

    log = logging.Logger("autograde")
    log.addHandler(Keep())
    with warnings.catch_warnings(), importable(course.root):
        # nbgrader's own use of SQLAlchemy is full of them.
        warnings.simplefilter("ignore")
        for group in groups or sheet.submissions():
            coursedir.student_id = group
            Autograde(coursedir=coursedir, config=course.config, log=log).start()
    return messages


def scores(sheet):
    return {
        group: {cell.grade_id: (cell.auto_points, cell.needs_manual_grade) for cell in final.cells}
        for group, final in read_final_scores(sheet).items()
    }


def inputs(sheet):
    """What the group that is right for some inputs was asked about, as its graded notebook tells."""
    (cell,) = (
        cell
        for cell in nbformat.read(sheet.autograded_folder("partly") / "sheet.ipynb", as_version=4).cells
        if "ex1_test" in str(cell.metadata)
    )
    asked = re.findall(r"double\(.+?\)", cell.outputs[0].data["text/plain"])
    assert asked
    return asked


def test_nbgrader_autograde_scores_with_hidden_graders_in_the_sandbox(course):
    autograde(course, "sheet", ["right", "partly"])
    sheet = course.sheet("sheet")
    assert scores(sheet) == {
        "right": {
            "ex1_test": (3.0, False),
            "ex2_test": (None, True),
            "ex3_test": (1.0, False),
            "ex4_text": (None, True),
        },
        "partly": {
            "ex1_test": (1.5, False),
            "ex2_test": (None, True),
            "ex3_test": (0.0, False),
            "ex4_text": (None, True),
        },
    }
    written = (sheet.autograded_folder("right") / "sheet.ipynb").read_text(encoding="utf-8")
    assert "The result is twice the argument." in written
    assert "double(7)" not in written
    assert not (sheet.autograded_folder("right") / "sheet.toml").exists()


def test_the_scores_are_those_of_sheetgrader_grade(course, connection, tmp_path):
    sheet = course.sheet("sheet")
    material = sheet_material(sheet)
    with gradebook_writer(sheet) as writer:
        for group in sheet.submissions():
            item = build_item(sheet, group, material)
            writer.record(grade_submission(item, connection), item, None)
    ours, asked = scores(sheet), inputs(sheet)
    for path in ("gradebook.db", "autograded"):
        (course.root / path).rename(tmp_path / path)
    autograde(course, "sheet")
    assert scores(sheet) == ours
    assert inputs(sheet) == asked


def test_hidden_tests_stay_for_tutors_where_that_is_set_and_feedback_cuts_them_out(course, builder):
    kept = """
c.Sheetgrader.keep_hidden_tests = True
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "sheetgrader.nbgrader_plugin.CutHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
"""
    builder.write("nbgrader_config.py", (builder.root / "nbgrader_config.py").read_text(encoding="utf-8") + kept)
    fails = "def double(x):\n    return {1: 2}[x]"
    builder.submit("fails", builder.answer("ex1_code", fails), builder.tests("ex3_test"))
    course = builder.load()
    autograde(course, "sheet", ["fails"])
    sheet = course.sheet("sheet")
    assert scores(sheet)["fails"]["ex3_test"] == (0.0, False)
    graded = (sheet.autograded_folder("fails") / "sheet.ipynb").read_text(encoding="utf-8")
    assert "assert double(7) == 14" in graded
    coursedir = course.new_coursedir()
    coursedir.assignment_id, coursedir.student_id = "sheet", "fails"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        GenerateFeedback(coursedir=coursedir, config=course.config).start()
    page = sheet.feedback_folder("fails") / "sheet.html"
    pages = [page.read_text(encoding="utf-8")]
    page.unlink()
    feedback(course.root, "sheet", Output(), groups=["fails"])
    pages.append(page.read_text(encoding="utf-8"))
    for text in pages:
        assert "a hidden test failed" in text
        assert "double(7)" not in re.sub(r"<[^>]*>", "", text)


def test_files_that_a_notebook_writes_stand_beside_it(course, builder):
    builder.submit("writes", builder.answer("ex1_code", "open('result.txt', 'w').write('42')"))
    autograde(course, "sheet", ["writes"])
    folder = course.sheet("sheet").autograded_folder("writes")
    assert (folder / "result.txt").read_text(encoding="utf-8") == "42"


def test_a_notebook_that_is_none_is_reported_and_the_next_one_graded(course):
    (course.root / "submitted/hangs/sheet/sheet.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(Exception, match="Please see the the above traceback"):
        autograde(course, "sheet", ["hangs"])
    autograde(course, "sheet", ["right"])
    assert scores(course.sheet("sheet"))["right"]["ex1_test"] == (3.0, False)


def test_an_ordinary_course_is_scored_as_nbgrader_scores_it(example_course):
    shutil.copy(CONFIGURATION, example_course)
    course = Course.load(example_course)
    autograde(course, "ps1", ["bitdiddle"])
    points = {grade_id: score for grade_id, (score, _) in scores(course.sheet("ps1"))["bitdiddle"].items()}
    # These are in nbgrader's documentation of the course.
    assert points["correct_squares"] == 0.0
    assert points["squares_invalid_input"] == 1.0
    assert points["sum_of_squares_application"] == 0.0
    assert points["part-a"] is None


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own way of adding a submission
def test_an_exported_table_holds_no_formulas_and_the_columns_of_nbgraders_own(tmp_path):
    database = f"sqlite:///{tmp_path / 'gradebook.db'}"
    ensure_database(database)
    with Gradebook(database) as gradebook:
        gradebook.add_assignment("sheet", duedate="2023-12-14 10:00:00 UTC")
        gradebook.add_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.add_student("=1+1", first_name="@SUM(1+1)", last_name="-1;=1", email="\t=A1")
        gradebook.add_submission("sheet", "ada")
        tables = []
        for exporter in (CsvExportPlugin, nbgrader_plugin.CsvExport):
            exporter(to=str(tmp_path / "grades.csv")).export(gradebook)
            tables.append((tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines())
    own, ours = tables
    assert ours[0] == own[0]
    assert [line for line in ours if ",ada," in line] == [line for line in own if ",ada," in line]
    assert ours[1:] != own[1:]
    assert "sheet,2023-12-14 10:00:00,,'=1+1,'-1;'=1,'@SUM(1+1),' =A1,0.0,0.0,0.0,0.0" in ours
    chosen = nbgrader_plugin.CsvExport(to=str(tmp_path / "one.csv"), student=["ada"], assignment=["sheet"])
    with Gradebook(database) as gradebook:
        chosen.export(gradebook)
    assert len((tmp_path / "one.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_the_table_has_what_was_settled(tmp_path: Path) -> None:
    builder = CourseBuilder(tmp_path / "course")
    exporter = 'c.ExportApp.plugin_class = "sheetgrader.nbgrader_plugin.CsvExport"'
    sheet = write_course(builder, dict.fromkeys(("ada", "alan", "emmy", "kurt"), "Because."), exporter)
    for group, kind in (("ada", SettlementKind.ZERO), ("alan", SettlementKind.EXCUSED), ("emmy", SettlementKind.ZERO)):
        Settling(sheet, group, by="noether").settle(kind, "")
    # Handing in something else undoes it.
    builder.submit("emmy", builder.answer("ex1_text", "Because of that.", points=2.0, markdown=True))

    def exported() -> tuple[dict[str, tuple[str, str]], str, int]:
        programs = Path(sys.executable).parent
        ended = subprocess.run(
            [programs / "nbgrader", "export"],
            cwd=builder.root,
            env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        with (builder.root / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["student_id"]: (row["raw_score"], row["score"]) for row in csv.DictReader(file)}
        return rows, ended.stderr, ended.returncode

    scores, told, code = exported()
    assert code == 0
    assert scores == {"ada": ("4.0", "0.0"), "alan": ("4.0", ""), "emmy": ("4.0", "4.0"), "kurt": ("4.0", "4.0")}
    assert "2 of the scores are what was settled" in told
    decisions_file(sheet, "kurt").write_text("{")
    later, told, code = exported()
    assert (later, code) == (scores, 2)
    assert "kurt.jsonl, line 1 is no decision that can be read" in told
    assert "Traceback" not in told
