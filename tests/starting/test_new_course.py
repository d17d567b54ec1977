"""A course from nothing: it is released, its graders judge its variants as they say, and it is graded, for real."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from sheetgrader.audit.variant_grading import VariantGrading, cell_of, lost
from sheetgrader.audit.variants import variants_of
from sheetgrader.course.directory import Course
from sheetgrader.errors import UsageError
from sheetgrader.intake.teams import members_in_notebook
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.starting.new_files import check_name, write_course
from sheetgrader.starting.template import configuration, template_sheet

COMMAND = Path(sys.executable).with_name("sheetgrader")


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def _filled(course: Path, answers: dict[str, str]) -> bytes:
    notebook = nbformat.read(course / "release/sheet1/sheet1.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source)
    return nbformat.writes(notebook).encode()


def _points(course: Path) -> dict[str, dict[str, float | None]]:
    kept = (course / "reports/sheet1/results").glob("*.json")
    return {
        path.stem: {cell["grade_id"]: cell["points"] for cell in json.loads(path.read_text())["cells"]} for path in kept
    }


def test_new_course_is_released_and_graded_at_once(tmp_path: Path) -> None:
    made = _run(tmp_path, "new", "course", "machine learning", "--json")
    assert made.returncode == 0, made.stderr
    course = tmp_path / "machine learning"
    assert {Path(file).relative_to(course).as_posix() for file in json.loads(made.stdout)["files"]} == {
        path.relative_to(course).as_posix() for path in course.rglob("*") if path.is_file()
    }
    released = _run(course, "release", "sheet1")
    assert released.returncode == 0, released.stdout
    assert "The reference solution gets all" in released.stdout
    assert "autograde_preprocessors" not in released.stdout, "the configuration keeps nbgrader in the sandbox"
    assert not (course / "release/sheet1/sheet.toml").exists()
    team = 'TEAM = [{"name": "Emmy Noether", "student_id": "1", "email": "emmy@example.org"}]'
    half = {
        "team": team,
        "ex1_code": "def standardize(x):\n    x = np.asarray(x, dtype=float)\n    return (x - x.mean()) / x.std()",
        "ex2_code": "def count_words(text):\n    return {word: text.split().count(word) for word in text.split()}",
        "ex3_text": "All features get the same scale.",
    }
    for group, answers in (("noether", half), ("nobody", {})):
        folder = course / f"submitted/{group}/sheet1"
        folder.mkdir(parents=True)
        (folder / "sheet1.ipynb").write_bytes(_filled(course, answers))
    assert [member.name for member in members_in_notebook(_filled(course, half))] == ["Emmy Noether"]
    graded = _run(course, "grade", "sheet1")
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert _points(course) == {
        # Equal numbers are divided by zero; small letters and the plot are missing.
        "noether": {"ex1_test": 1.5, "ex2_test": 0.0, "ex3_text": None, "ex4_test": 0.0},
        "nobody": {"ex1_test": 0.0, "ex2_test": 0.0, "ex3_text": 0.0, "ex4_test": 0.0},
    }


def test_graders_of_the_template_judge_its_variants_as_they_say(tmp_path: Path, connection: ZygoteConnection) -> None:
    assert _run(tmp_path, "new", "course", ".").returncode == 0, "an empty folder may be filled"
    sheet = Course.load(tmp_path).sheet("sheet1")
    variants = variants_of(sheet)
    assert {variant.name.partition("_")[0] for variant in variants} == {"right", "wrong"}
    grading = VariantGrading(sheet, tmp_path / ".sheetgrader" / "grading", connection)
    try:
        for variant in variants:
            result = grading.grade(variants=[variant])
            assert set(lost(cell_of(result, f"{variant.question}_test"))) == variant.loses, variant.name
    finally:
        grading.close()


def test_without_matplotlib_nothing_draws(tmp_path: Path) -> None:
    with_plot, without = (template_sheet("sheet", plots=plots) for plots in (True, False))
    assert not with_plot.made
    assert "matplotlib is not installed" in without.made[0]
    assert "ex4" in _ids(with_plot.source["sheet.ipynb"])
    assert all("ex4" not in name for name in _ids(without.source["sheet.ipynb"]))
    assert b"matplotlib" not in without.source["sheet.ipynb"]
    assert set(with_plot.graders) - set(without.graders) == {
        "test_plot.py",
        "variants/ex4/wrong_without_names.py",
    }


def _ids(content: bytes) -> list[str]:
    notebook: NotebookNode = nbformat.reads(content.decode(), as_version=4)
    return [cell.metadata.nbgrader.grade_id for cell in notebook.cells]


def test_the_template_has_each_kind_of_cell() -> None:
    notebook = nbformat.reads(template_sheet("sheet", plots=True).source["sheet.ipynb"].decode(), as_version=4)
    sources = {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells}
    assert {"team", "imports", "ex1", "ex1_code", "ex1_check", "ex1_test", "ex3_text", "ex4_code"} <= sources.keys()
    assert "### BEGIN HIDDEN TESTS" in sources["ex2_test"]
    assert "### BEGIN MARK SCHEME" in sources["ex3_text"]


def test_a_sheet_more_is_released_as_well(tmp_path: Path) -> None:
    _run(tmp_path, "new", "course", "course")
    made = _run(tmp_path / "course", "new", "sheet", "Übung 2")
    assert made.returncode == 0, made.stderr
    released = _run(tmp_path / "course", "release", "Übung 2")
    assert released.returncode == 0, released.stdout + released.stderr
    assert (tmp_path / "course/release/Übung 2/Übung 2.ipynb").exists()


@pytest.mark.parametrize(
    "name", ["a/b", "..", ".", "", "a[1]", "a+b", "-x", "a\nb", "x" * 61, "end.", " a", "a*", "\ud800", "a\u202eb"]
)
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        check_name(name)


def test_an_odd_name_is_refused_in_a_sentence(tmp_path: Path) -> None:
    _run(tmp_path, "new", "course", "course")
    before = sorted(tmp_path.rglob("*"))
    done = _run(tmp_path / "course", "new", "sheet", "a/b")
    assert done.returncode == 2
    assert done.stderr.startswith("error: a sheet cannot be called 'a/b': its name is that of a folder")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_nbgrader_cannot_work_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"for the '\[' in its path, which it reads as a pattern"):
        write_course(tmp_path / "a[1]", configuration(), template_sheet("sheet1", plots=False))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/text.txt").write_text("years of work")
    (tmp_path / "file").write_text("more work")
    for name in ("thesis", "file"):
        done = _run(tmp_path, "new", "course", name)
        assert done.returncode == 2
        assert "is there already, and is no empty folder; name a new one" in done.stderr
    _run(tmp_path, "new", "course", "course")
    notebook = (tmp_path / "course/source/sheet1/sheet1.ipynb").read_bytes()
    done = _run(tmp_path / "course", "new", "sheet", "sheet1")
    assert done.returncode == 2
    assert "sheet1 is there already; give the new sheet another name" in done.stderr
    (tmp_path / "course/source/sheet1").rename(tmp_path / "elsewhere")
    assert _run(tmp_path / "course", "new", "sheet", "sheet1").returncode == 2, "its graders are still there"
    assert not (tmp_path / "course/source/sheet1").exists()
    assert (tmp_path / "elsewhere/sheet1.ipynb").read_bytes() == notebook
    assert (tmp_path / "thesis/text.txt").read_text() == "years of work"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    # Whoever runs the tests may be root, whom no permission stops; a file in the way stops everybody.
    (tmp_path / "file").write_text("")
    done = _run(tmp_path, "new", "course", "file/course")
    assert done.returncode == 2
    assert "cannot be written: Not a directory" in done.stderr
    long = "x" * 300
    assert "cannot be written: File name too long" in _run(tmp_path, "new", "course", long).stderr
    _run(tmp_path, "new", "course", "course")
    course = tmp_path / "course"
    (course / "source/sheet1").rename(tmp_path / "elsewhere")
    (course / "source").rmdir()
    (course / "source").write_text("no folder")
    done = _run(course, "new", "sheet", "sheet2")
    assert done.returncode == 2
    assert "source" in done.stderr
    assert not (course / "grader_tests/sheet2").exists()


def test_outside_of_a_course_the_way_to_one_is_told(tmp_path: Path) -> None:
    done = _run(tmp_path, "new", "sheet", "sheet1")
    assert done.returncode == 2
    assert "make one with: sheetgrader new course DIR" in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []
