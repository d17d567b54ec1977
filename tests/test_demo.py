from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from sheetgrader.course.directory import Course
from sheetgrader.course.release import regenerate
from sheetgrader.demo import SHEETS, Example, misbehaving, read_example, submissions
from sheetgrader.errors import CourseError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", params=SHEETS)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Example:
    sheet = Course.load(ROOT).sheet(request.param)
    skeleton = regenerate(sheet, tmp_path_factory.mktemp("skeleton"))
    return read_example(sheet.name, source=sheet.source_folder, release=skeleton, graders=sheet.grader_folder)


def test_class_is_large_and_mixed(example: Example) -> None:
    names = list(submissions(example))
    assert len(names) >= 16
    for kind in ("all-right", "right-in-style", "partly-right", "all-wrong", "empty-skeleton", "damaged-file", "hangs", "exits", "fills-memory"):
        assert any(name.startswith(kind) for name in names), kind


def test_everybody_hands_in_the_skeleton_with_only_answers_changed(example: Example) -> None:
    locked = [cell.source for cell in example.skeleton.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    for name, content in submissions(example).items():
        if name == "damaged-file":
            continue
        notebook = nbformat.reads(content.decode(), as_version=4)
        assert [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("locked")] == locked
        assert len(notebook.cells) == len(example.skeleton.cells)


def test_answers_are_as_students_write_them(example: Example) -> None:
    for name, content in submissions(example).items():
        assert b"Loses:" not in content, name
        assert b"BEGIN SOLUTION" not in content, name
        assert b"BEGIN MARK SCHEME" not in content, name


def test_damaged_notebook_is_no_json(example: Example) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(submissions(example)["damaged-file"])


def test_groups_differ(example: Example) -> None:
    notebooks = submissions(example)
    assert len(set(notebooks.values())) == len(notebooks)


def test_misbehaving_keeps_what_stands_around_the_function() -> None:
    source = 'import os\n\n\ndef f(x):\n    """Return x."""\n    if x:\n        return 1\n    return 2\n\n\ny = 3\n'
    changed = misbehaving(source, "while True:\n        pass")
    assert changed == "import os\n\n\ndef f(x):\n    while True:\n        pass\n\n\ny = 3"
    ast.parse(changed)


def test_sheet_without_variants_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="holds no variants to make a class from"):
        read_example("sheet", source=tmp_path, release=tmp_path, graders=tmp_path)


@pytest.mark.slow
def test_demonstration_runs_from_start_to_end(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [Path(sys.executable).with_name("sheetgrader"), "demo", "--directory", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    results = {path.stem: json.loads(path.read_bytes()) for path in folder.glob("reports/*/results/*.json")}
    points = {name: sum(cell["points"] or 0 for cell in result["cells"]) for name, result in results.items()}
    assert points["empty-skeleton"] == 0
    for name in points:
        if name.startswith("right-in-style"):
            assert points[name] == pytest.approx(points["all-right"]), name
        elif name.startswith(("partly-right", "hangs", "exits", "fills-memory", "syntax-error")):
            assert 0 < points[name] < points["all-right"], name
    for name, words in (("hangs", "took too long"), ("exits", "ended the kernel"), ("fills-memory", "used too much memory")):
        assert any(line.split()[0].startswith(name) and words in line for line in done.stdout.splitlines() if line.strip()), name
    assert len(list(folder.glob("feedback/*/*/*.html"))) == len(results) >= 16


def test_folder_that_no_demonstration_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    command = [Path(sys.executable).with_name("sheetgrader"), "demo", "--directory", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "was not made by a demonstration; name another folder with --directory" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
