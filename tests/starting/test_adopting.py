"""Sheets from notebooks that were there before: nbgrader's own, plain ones, and what is no notebook at all."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from sheetgrader.audit.variants import variants_of
from sheetgrader.course.directory import Course
from sheetgrader.course.regions import CourseDelimiters, as_handed_in, split
from sheetgrader.course.source import read_notebook
from sheetgrader.errors import CourseError
from sheetgrader.grading.collection import collect
from sheetgrader.release.release import problems_in_source
from sheetgrader.starting.adopting import adopt
from sheetgrader.starting.new_files import NewSheet, write_sheet
from sheetgrader.starting.solution_regions import parsed, with_regions

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

COMMAND = Path(sys.executable).with_name("sheetgrader")
DELIMITERS = CourseDelimiters.of(Config())

PLAIN = [
    new_markdown_cell("# Numerics\n\nby me"),
    new_code_cell("%matplotlib inline\nimport numpy as np\ndata = np.loadtxt('data/points.csv')"),
    new_markdown_cell("Write `root`."),
    new_code_cell(
        'def root(x, steps=20):\n    """Return √x."""\n    # Heron.\n    y = x\n    for _ in range(steps):\n'
        "        y = (y + x / y) / 2\n    return y"
    ),
    new_code_cell("print(root(2.0))"),
    new_code_cell("assert abs(root(2.0) - 1.41421356) < 1e-6"),
    new_markdown_cell("![sketch](sketch.png) Write `total`."),
    new_code_cell("def total(a: np.ndarray, n: int):\n    return n * np.sum(a)"),
    new_code_cell("total(data, 1)"),
    new_code_cell("class Model:\n    def fit(self, x):\n        self.mean = x.mean()\n        return self"),
    new_markdown_cell("Why?\n\n### BEGIN MARK SCHEME\n- 0.5: for speed\n- 1: for clarity\n### END MARK SCHEME"),
]


def _written(path: Path, *cells: NotebookNode, **metadata: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(new_notebook(cells=list(cells), metadata=metadata)))
    return path


def _adopted(path: Path, name: str = "sheet") -> NewSheet:
    return adopt(read_notebook(path), name, DELIMITERS)


def _cells(sheet: NewSheet) -> dict[str, NotebookNode]:
    notebook = nbformat.reads(sheet.source[f"{sheet.name}.ipynb"].decode(), as_version=4)
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def _run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A notebook that nbgrader knows nothing of, with files beside it."""
    path = _written(tmp_path / "mine/numerics.ipynb", *PLAIN)
    (path.parent / "data").mkdir()
    (path.parent / "data/points.csv").write_text("1\n2\n")
    (path.parent / "sketch.png").write_bytes(b"PNG")
    (path.parent / "exam.pdf").write_bytes(b"not for students")
    return path


def test_a_plain_notebook_gets_what_it_lacks(plain: Path) -> None:
    sheet = _adopted(plain)
    cells = _cells(sheet)
    assert list(cells) == [
        *("team", "ex1", "ex1_code", "ex1_test"),
        *("ex2", "ex2_code", "ex2_test"),
        *("ex3_code", "ex3_test", "ex4_text"),
    ]
    assert cells["ex1_code"].source.split("\n")[1:4] == [
        '    """Return √x."""',
        "    ### BEGIN SOLUTION",
        "    # Heron.",
    ], "the docstring stays for students, what is said about the answer does not"
    assert cells["ex1_test"].source.startswith("assert"), "the author's own tests stay as they are"
    assert cells["ex4_text"].metadata.nbgrader.points == 1.5, "a marking scheme says what its cell is worth"
    assert set(sheet.source) == {"sheet.ipynb", "sheet.toml", "data/points.csv", "sketch.png"}
    assert b'title = "Numerics"' in sheet.source["sheet.toml"]
    criteria = collect({path: text for path, text in sheet.graders.items() if path.startswith("test_")})
    assert [criterion.question for criterion in criteria] == ["ex2", "ex3"]
    said = "\n".join(sheet.made)
    for named in ("ex1_code", "ex1_test", "ex2_test", "ex4_text", "`team`", "data/points.csv", "test_questions.py"):
        assert named in said, named


def test_the_new_sheet_is_told_what_it_still_lacks_and_is_released_after_that(plain: Path, tmp_path: Path) -> None:
    assert _run(tmp_path, "new", "course", "course").returncode == 0
    before = plain.read_bytes()
    made = _run(tmp_path / "course", "new", "sheet", "numerics", "--from", plain)
    assert made.returncode == 0, made.stdout + made.stderr
    assert plain.read_bytes() == before
    refused = _run(tmp_path / "course", "release", "numerics")
    assert refused.returncode == 1
    assert "write in test_questions.py what the answer to ex3 must do" in refused.stdout
    assert "ex2_test" not in refused.stdout, "what was guessed for a function suits it"
    graders = tmp_path / "course/grader_tests/numerics/test_questions.py"
    asks = (
        "    import numpy as np\n\n    x = rng.normal(size=5)\n    assert_close(fitted(student.Model(), x), np.mean(x))"
    )
    probe = "\n\n@probe\ndef fitted(model, x):\n    return model.fit(x).mean\n"
    text = graders.read_text().replace(
        "import assert_close, criterion", f"import assert_close, criterion, probe{probe}"
    )
    graders.write_text(
        "".join(asks + "\n" if "NotImplementedError" in line else line for line in text.splitlines(True))
    )
    released = _run(tmp_path / "course", "release", "numerics")
    assert released.returncode == 0, released.stdout + released.stderr
    assert (tmp_path / "course/release/numerics/data/points.csv").exists()


def test_variants_of_a_converted_sheet_are_variants(plain: Path, builder: CourseBuilder) -> None:
    builder.write("nbgrader_config.py", "c = get_config()\n")
    course = builder.load()
    write_sheet(course, _adopted(plain))
    (variant,) = variants_of(course.sheet("sheet"))
    assert (variant.question, variant.loses) == ("ex2", frozenset({"test_total"}))
    assert variant.source == "def total(a: np.ndarray, n: int):\n    pass"
    assert problems_in_source(course.sheet("sheet")) == []


def test_a_notebook_of_nbgraders_keeps_its_cells(example_course: Path) -> None:
    path = example_course / "source/ps1/problem1.ipynb"
    sheet = _adopted(path, "ps1")
    before = nbformat.read(path, as_version=4)
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in before.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id")
    }
    after = _cells(sheet)
    assert after.keys() - cells.keys() == {"team"}
    assert all(after[name].source == cell.source for name, cell in cells.items())
    assert sheet.graders == {}, "its test cells hold tests"


def test_test_cells_of_nbgraders_without_tests_get_graders(builder: CourseBuilder) -> None:
    builder.write("nbgrader_config.py", "c = get_config()\n")
    path = builder.write(
        "old.ipynb",
        builder.notebook(
            builder.locked("ex1", "# One", markdown=True),
            builder.answer(
                "ex1_code", "def f(x, *, student):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
            ),
            builder.tests("ex1_test"),
            builder.answer("two", "### BEGIN SOLUTION\nz = 1\n### END SOLUTION"),
            builder.tests("two_test", "# nothing"),
        ),
    )
    sheet = _adopted(path)
    text = sheet.graders["test_questions.py"].decode()
    assert "student.f(x, student=student_)" in text
    assert [criterion.question for criterion in collect({"test_questions.py": text.encode()})] == ["ex1", "two"]
    assert set(sheet.graders) == {"test_questions.py", "variants/ex1/wrong_returns_nothing.py"}


def test_metadata_of_an_older_nbgrader_are_brought_up_to_date(builder: CourseBuilder) -> None:
    builder.write("nbgrader_config.py", "c = get_config()\n")
    tests = builder.tests("t", "assert x")
    tests.metadata.nbgrader.update(schema_version=1, checksum="0" * 32)
    del tests.metadata.nbgrader["task"]
    path = builder.write("old.ipynb", builder.notebook(builder.answer("a", "x = 1"), tests))
    sheet = _adopted(path)
    assert _cells(sheet)["t"].metadata.nbgrader.schema_version == 3
    assert any("older version" in sentence for sentence in sheet.made)
    write_sheet(builder.load(), sheet)
    assert problems_in_source(builder.load().sheet("sheet")) == []


def test_cells_without_ids_get_some(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell("x = 1"), new_code_cell("y = 1")])
    notebook.nbformat_minor = 2
    for cell in notebook.cells:
        del cell["id"]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(notebook))
    sheet = _adopted(path)
    written = json.loads(sheet.source["sheet.ipynb"])
    assert written["nbformat_minor"] == 5
    assert len({cell["id"] for cell in written["cells"]}) == 3
    assert any("ids of their own" in sentence for sentence in sheet.made)
    assert any("students are asked nothing yet" in sentence for sentence in sheet.made)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no notebook: it is no JSON"),
        (b"\xff\xfe", "is not encoded as UTF-8"),
        (b"[]", "is no valid notebook"),
        (b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "has no cells"),
        (
            b'{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "x"}], "metadata":'
            b' {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, "nbformat": 4,'
            b' "nbformat_minor": 5}',
            "is written in R, and only Python is graded here",
        ),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd.ipynb"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=said):
        _adopted(path)


def test_a_notebook_that_is_not_there_is_named(builder: CourseBuilder) -> None:
    builder.write("nbgrader_config.py", "c = get_config()\n")
    done = _run(builder.root, "new", "sheet", "a", "--from", "missing.ipynb")
    assert done.returncode == 2
    assert done.stderr == "error: missing.ipynb cannot be read: No such file or directory\n"
    assert not (builder.root / "source").exists()


def test_only_files_below_the_notebooks_folder_are_copied(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    path = _written(
        tmp_path / "mine/a.ipynb", new_code_cell(f"open('../secret.txt'), open({str(tmp_path / 'secret.txt')!r})")
    )
    assert set(_adopted(path).source) == {"sheet.ipynb", "sheet.toml"}


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("def f(x): return x", "def f(x): return x"),
        ("def f(x):\n    pass", "def f(x):"),
        ('def f(x):\n    """Only this."""', 'def f(x):\n    """Only this."""'),
        ("class A:\n    def f(self):\n        return 1\n\n    y = 2", "class A:\n    def f(self):\n\n    y = 2"),
        (
            "def f(\n    x,\n):\n    # why\n\n    @g\n    def h():\n        return 1\n    return h",
            "def f(\n    x,\n):\n    # why\n",
        ),
        ("def f():\n    return 1\n\n\ndef g():\n    return 2", "def f():\n\n\ndef g():"),
        ("%%time\ndef f():\n    return 1", "%%time\ndef f():"),
        ("def f(:", "def f(:"),
    ],
)
def test_bodies_are_put_between_marks(source: str, left: str) -> None:
    marked = with_regions(source, DELIMITERS.solution)
    assert "\n".join(split(marked, DELIMITERS.solution).outside) == left
    assert as_handed_in(marked, DELIMITERS) == source


_BLOCKS = st.recursive(
    st.sampled_from(["x = 1", "# said", "", "return 1", "if x:\n    y = 2", '"""text\nmore"""']).map(
        lambda text: [text]
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(
        lambda blocks: [
            "def f(a, b=1):",
            *("    " + line for block in blocks for text in block for line in text.split("\n")),
            "    pass",
        ]
    ),
    max_leaves=12,
)


@given(st.lists(_BLOCKS, max_size=4))
def test_marks_change_nothing_but_add_lines(blocks: list[list[str]]) -> None:
    source = "\n".join(line for block in blocks for line in block)
    marked = with_regions(source, DELIMITERS.solution)
    assert as_handed_in(marked, DELIMITERS) == source
    assert not split(marked, DELIMITERS.solution).problem
    before, after = parsed(source), parsed(marked)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert ast.dump(before) == ast.dump(after)


def test_a_course_with_folders_of_its_own_names_gets_its_sheets_there(builder: CourseBuilder) -> None:
    builder.write(
        "nbgrader_config.py",
        'c = get_config()\nc.CourseDirectory.source_directory = "instructor"\n'
        'c.CourseDirectory.directory_structure = "{nbgrader_step}/all/{student_id}/{assignment_id}"\n',
    )
    course: Course = builder.load()
    sheet = NewSheet("a", {"a.ipynb": builder.notebook(builder.plain("x = 1"))}, {})
    folder, *others = write_sheet(course, sheet)
    assert (folder, others) == (course.sheet("a").source_folder, [])
    assert (builder.root / "instructor/all/a/a.ipynb").exists()
